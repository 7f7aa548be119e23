/** `deno task demo [PASSWORD]`: fills the database with an example school and prints its logins. */
import { openAdapters } from "../open_adapters.ts";
import { readConfig, run } from "../environment.ts";
import { createDemoSchool, type DemoSchool, emailOf } from "./demo/school.ts";

/** Nobody can guess it: a demo may well stand on a machine that others reach. */
const randomPassword = (): string =>
  `demo-${crypto.getRandomValues(new Uint8Array(8)).toHex().replace(/.{4}(?=.)/g, "$&-")}`;

function report({ teachers, students, classes }: DemoSchool, password: string): string {
  const lines = [
    `The demo school is there: ${teachers.length} teachers, ${classes.length} classes, ` +
    `${students.length} students.`,
    "",
    `Password of every account: ${password}`,
    "(One hash is shared by all of them: fit for a demo, not for real people.)",
    "",
  ];
  for (const teacher of teachers) {
    lines.push(`${teacher.email}  ${teacher.username}, teacher of`);
    for (const own of classes.filter((each) => each.teacher.id === teacher.id)) {
      lines.push(
        `    class ${own.id}  ${own.name}: ${own.students.length} students, ` +
          `${own.sessions} past sessions`,
      );
    }
  }
  lines.push(
    `${emailOf.student(0)} to ${emailOf.student(students.length - 1)}  students, ` +
      `such as ${students.slice(0, 3).map(({ username }) => username).join(", ")}`,
  );
  return lines.join("\n");
}

const [given, ...others] = Deno.args;
if (others.length > 0 || given?.startsWith("-")) {
  console.error("Usage: deno task demo [PASSWORD]");
  Deno.exit(2);
}
await run(async () => {
  const password = given ?? randomPassword();
  const adapters = await openAdapters(readConfig(), {
    exclusive: false,
    onError: (error) => console.error(error),
  });
  try {
    const school = await createDemoSchool({ ...adapters, password, now: Date.now });
    console.log(report(school, password));
  } finally {
    await adapters.close();
  }
});
