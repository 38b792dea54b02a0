// @tus/server, as a stranger to our phone: node server.mjs FOLDER. Prints its port; a file's name is the digest that its metadata announce.
import http from "node:http";
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";

const sealed = (header) => {
  const pair = header.split(",").map((p) => p.trim().split(" ")).find(([name]) => name === "sealed");
  return Buffer.from(pair[1], "base64").toString("hex");
};
const tus = new Server({
  path: "/v1/uploads",
  datastore: new FileStore({ directory: process.argv[2] }),
  namingFunction: (request) => sealed(request.headers.get("upload-metadata")),
});
const server = http.createServer(tus.handle.bind(tus));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
