import { createMssqlStorage } from "../../../src/adapters/mssql/storage.ts";
import { storageContract } from "../../contracts/storage.ts";
import { MSSQL_TEST_URL, untilReady, warnNotRun } from "../../support/mssql.ts";

if (MSSQL_TEST_URL) {
  const url = MSSQL_TEST_URL;
  storageContract("mssql", async () => {
    const storage = await createMssqlStorage({ url, onError: console.error });
    await untilReady(storage);
    return { storage, close: () => storage.close() };
  });
} else {
  warnNotRun("The storage contract on SQL Server");
}
