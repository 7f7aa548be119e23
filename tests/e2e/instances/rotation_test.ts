import { assertEquals } from "@std/assert";
import { redisServer, withRedis } from "../../support/redis.ts";
import { type Instances, PASSWORD, SECRET, withInstances } from "./instances.ts";

const NEW = "the secret that comes after; it is over 32 characters";

/** Signs in on an instance; returns what it gives. */
async function signIn(
  { as, people }: Instances,
  number: number,
): Promise<{ readonly access: string; readonly refresh: string }> {
  const body = { email: people.teacher.email, password: PASSWORD };
  return (await as(number, null, 200, "POST", "/api/auth/login/", { body })).body.token;
}

/** What each instance says to the token. */
const statuses = ({ call, people, servers }: Instances, token: string): Promise<number[]> =>
  Promise.all(
    servers.map(async (_, i) =>
      (await call(i, { ...people.teacher, token }, "GET", "/api/auth/me/")).status
    ),
  );

Deno.test({
  name: "JWT_SECRET is rotated instance by instance, and nobody is signed out on the way",
  ignore: redisServer === null,
  fn: () =>
    withRedis((redis) =>
      withInstances(2, async (service) => {
        const first = await signIn(service, 0);
        const everyone = [first.access];
        const good = async () => {
          everyone.push((await signIn(service, 0)).access, (await signIn(service, 1)).access);
          for (const token of everyone) assertEquals(await statuses(service, token), [200, 200]);
        };
        // Known to all before the first one signs with it.
        for (const secrets of [`${SECRET},${NEW}`, `${NEW},${SECRET}`]) {
          for (const i of [0, 1]) {
            await service.restart(i, { JWT_SECRET: secrets });
            await good();
          }
        }
        for (const i of [0, 1]) await service.restart(i, { JWT_SECRET: NEW });
        assertEquals(await statuses(service, first.access), [401, 401]);
        const last = everyone.at(-1) ?? "";
        assertEquals(await statuses(service, last), [200, 200]);
        // Who has only an old access token renews it.
        const { body } = await service.as(1, null, 200, "POST", "/api/token/refresh/", {
          body: { refresh: first.refresh },
        });
        assertEquals(await statuses(service, body.access), [200, 200]);
      }, { redis })
    ),
});
