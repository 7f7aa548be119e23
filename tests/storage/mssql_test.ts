import { createMssqlStorage } from "../../src/storage/mssql/storage.ts";
import { storageContract } from "../contracts/storage.ts";

const url = Deno.env.get("MSSQL_TEST_URL");

if (url) {
  storageContract("mssql", async () => {
    const storage = await createMssqlStorage({ url, onError: console.error });
    return { storage, close: () => storage.close() };
  });
} else {
  console.warn("The SQL Server suite did NOT run: set MSSQL_TEST_URL to a database it may use.");
}
