import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withServer } from "../support/server.ts";
import { requirement } from "../support/requirement.ts";
import { taskArguments } from "../support/task.ts";
import { runTool, toolEnv, withDirectory } from "./tool.ts";

const PASSWORD = "four quiet otters";

Deno.test("create-admin makes an administrator who can sign in while the service runs", async () => {
  await withServer(async ({ url, directory }) => {
    const made = await runTool("create-admin", {
      directory,
      args: ["root@school.example"],
      input: `${PASSWORD}\n`,
    });
    assertEquals([made.code, made.stderr], [0, ""]);
    assertMatch(made.stdout, /^Administrator root <root@school\.example> was made \(id \d+\)\.\n$/);
    const login = await fetch(`${url}/api/auth/login/`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email: "ROOT@school.example", password: PASSWORD }),
    });
    const { token } = await login.json();
    const users = await fetch(`${url}/api/users/`, {
      headers: { Authorization: `Bearer ${token.access}` },
    });
    assertEquals(users.status, 200);
    const { data } = await users.json();
    assertEquals(data.map(({ username, role }: Record<string, string>) => [username, role]), [
      ["root", "ADMIN"],
    ]);
  });
});

Deno.test("create-admin says what is wrong, and makes nobody", async () => {
  await withDirectory(async (directory) => {
    const run = (args: string[], input: string) =>
      runTool("create-admin", { directory, args, input: `${input}\n` });
    assertEquals((await run(["a@school.example", "Ada Ängström"], PASSWORD)).code, 0);

    const refusals: [string[], string, string][] = [
      [["A@SCHOOL.EXAMPLE", "other"], PASSWORD, "A user with this email already exists"],
      [["b@school.example", "ADA ÄNGSTRÖM"], PASSWORD, "The username ADA ÄNGSTRÖM is taken"],
      [["b@school.example"], "short", "password must be at least 8 characters"],
      [["b@school.example"], "1234567890", "password must not be all digits"],
      [["b@school.example"], "b@school.example", "password must not be the email"],
      [["b@school.example"], "", "the first line of standard input is empty"],
    ];
    for (const [args, input, text] of refusals) {
      const { code, stdout, stderr } = await run(args, input);
      assertEquals([code, stdout], [1, ""], text);
      assertStringIncludes(stderr, text);
      assertEquals(stderr.includes("    at "), false, stderr);
    }
    const misuses: [string[], string][] = [
      [[], "EMAIL is missing"],
      [["nobody"], "EMAIL must be an email address"],
      [["b@school.example", " "], "USERNAME must not be empty"],
      [["b@school.example", "b", "c"], "Too many arguments: c"],
    ];
    for (const [args, text] of misuses) {
      const { code, stderr } = await run(args, PASSWORD);
      assertEquals(code, 2, text);
      assertStringIncludes(stderr, text);
      assertStringIncludes(stderr, "Usage: deno task create-admin EMAIL [USERNAME]");
    }
    assertEquals((await run(["b@school.example"], PASSWORD)).code, 0);
  });
});

// Other systems' script takes other options.
const script = Deno.build.os !== "linux" ? null : requirement("script", "apt-get install bsdutils");

Deno.test({
  name: "create-admin asks for the password at a terminal and does not show it",
  ignore: script === null,
  fn: async () => {
    await withDirectory(async (directory) => {
      const words = [
        Deno.execPath(),
        ...taskArguments("create-admin", directory),
        "root@school.example",
      ];
      const child = new Deno.Command(script ?? "", {
        args: ["--quiet", "--return", "--command", words.join(" "), "/dev/null"],
        env: toolEnv(directory),
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const typing = child.stdin.getWriter();
      let screen = "";
      const answers = ["Password (it is not shown): ", "The same again: "];
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        screen += text;
        const [question] = answers;
        if (question === undefined || !screen.endsWith(question)) continue;
        answers.shift();
        await typing.write(new TextEncoder().encode(`${PASSWORD}\r`));
      }
      await typing.close().catch(() => {});
      await child.stderr.cancel();
      assertEquals((await child.status).code, 0, screen);
      assertStringIncludes(screen, "Administrator root <root@school.example> was made");
      assertEquals(screen.includes("otters"), false, screen);
    });
  },
});
