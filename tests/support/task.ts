/** The tasks of deno.json, as tests run them. */
import deno from "../../deno.json" with { type: "json" };

const { read, write } = deno.permissions.service;

/** The arguments of a task that runs the service's code, which may use the directory besides. */
export function taskArguments(
  task: "start" | "dev" | "backup" | "migrate" | "create-admin" | "demo",
  directory: string,
): string[] {
  const [program, run = "", ...args] = deno.tasks[task].command.split(" ");
  if (program !== "deno") throw new Error(`The task ${task} does not run deno`);
  // A flag takes the place of what the permission set says of its kind.
  const widened = [
    `--allow-read=${[...read, directory]}`,
    `--allow-write=${[...write, directory]}`,
  ];
  // Quiet: the runtime warns that permission sets are new to it.
  return [run, "--quiet", "--no-prompt", ...widened, ...args];
}
