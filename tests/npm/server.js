// Serves a TimescaleDB with the community licence on a loopback port: node server.js PORT FOLDER
// Prints "ready" once it accepts connections, one at a time.
import { PGlite } from "@electric-sql/pglite";
import { timescaledb } from "@electric-sql/pglite/timescaledb";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

const [port, folder] = process.argv.slice(2);
const database = await PGlite.create(folder, { extensions: { timescaledb } });
await database.exec("create extension if not exists timescaledb");
const server = new PGLiteSocketServer({ db: database, host: "127.0.0.1", port: Number(port) });

process.on("SIGTERM", async () => {
  await server.stop();
  await database.close();
  process.exit(0);
});
await server.start();
console.log("ready");
