// What `cargo xtask bench sync` measures beside: records by PouchDB to express-pouchdb, files to @tus/server. The server is a process of its own.
//   node peers.mjs records COUNT FOLDER      node peers.mjs files COUNT BYTES FOLDER
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";
import express from "express";
import expressPouchdb from "express-pouchdb";
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import PouchDB from "pouchdb";

const [what, ...words] = process.argv.slice(2);

function listen(handler) {
    const server = http.createServer(handler).listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
}

/** Starts the other half of this script; gives its port and how to end it. */
async function served(...args) {
    const child = fork(fileURLToPath(import.meta.url), args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const { port } = await new Promise((told, failed) => {
        child.once("message", told);
        child.once("exit", (code) => failed(new Error(`the server ended: ${code}`)));
    });
    return { port, pid: child.pid, end: () => child.kill("SIGKILL") };
}

const peak = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

async function records(count, folder) {
    mkdirSync(join(folder, "server"), { recursive: true });
    const server = await served("pouch-server", join(folder, "server"));
    const local = new PouchDB(join(folder, "local"));
    for (let n = 0; n < count; n += 500) {
        const docs = Array.from({ length: Math.min(500, count - n) }, (_, i) => ({
            _id: String(n + i).padStart(8, "0"),
            kind: "note.added",
            text: `第 ${n + i} 句：现场检查记录，卫生许可证在有效期内，从业人员持有健康合格证明。`,
            at: Date.now(),
            salt: randomBytes(16).toString("base64"),
        }));
        await local.bulkDocs(docs);
    }
    const began = process.hrtime.bigint();
    const done = await local.replicate.to(`http://127.0.0.1:${server.port}/bench`, { batch_size: 500, batches_limit: 4 });
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    const out = { records: done.docs_written, seconds, rss_kib: peak(process.pid) };
    server.end();
    return out;
}

async function files(count, bytes, folder) {
    const store = join(folder, "store");
    mkdirSync(store, { recursive: true });
    const file = join(folder, "photo");
    writeFileSync(file, randomBytes(bytes));
    const server = await served("tus-server", store);
    const address = `http://127.0.0.1:${server.port}/files`;
    const began = process.hrtime.bigint();
    for (let n = 0; n < count; n++) {
        const tus = { "Tus-Resumable": "1.0.0" };
        const made = await fetch(address, { method: "POST", headers: { ...tus, "Upload-Length": String(bytes) } });
        const headers = { ...tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream" };
        const sent = await fetch(made.headers.get("location"), { method: "PATCH", headers, body: readFileSync(file) });
        if (sent.status !== 204) throw new Error(`PATCH: ${sent.status}`);
    }
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    const whole = readdirSync(store).filter((name) => !name.endsWith(".json")).length;
    server.end();
    return { files: whole, bytes: whole * bytes, seconds };
}

if (what === "pouch-server") {
    const app = express();
    const Stored = PouchDB.defaults({ prefix: `${words[0]}/` });
    app.use("/", expressPouchdb(Stored, { mode: "minimumForPouchDB", inMemoryConfig: true }));
    listen(app);
} else if (what === "tus-server") {
    const tus = new Server({ path: "/files", datastore: new FileStore({ directory: words[0] }) });
    listen((request, response) => tus.handle(request, response));
} else {
    const run = { records: () => records(Number(words[0]), words[1]), files: () => files(Number(words[0]), Number(words[1]), words[2]) };
    console.log(JSON.stringify(await run[what]()));
    process.exit(0);
}
