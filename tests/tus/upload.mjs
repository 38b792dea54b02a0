// tus-js-client uploads to our office, through a proxy that signs for it: in chunks, broken off and taken up again, the whole in one request, and given up.
// node upload.mjs ADDRESS DIGEST=FILE …; the first four files are used. Prints what happened as JSON.
import fs from "node:fs";
import { Upload } from "tus-js-client";

const [address, ...given] = process.argv.slice(2);
const files = given.map((g) => ({ sealed: g.slice(0, 64), bytes: fs.readFileSync(g.slice(65)) }));
const endpoint = `${address}/v1/uploads`;

function upload({ sealed, bytes }, options, began = () => {}) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    const u = new Upload(bytes, {
      endpoint,
      retryDelays: null,
      metadata: { sealed, kind: "photo" },
      storeFingerprintForResuming: false,
      onError: reject,
      onSuccess: () => resolve({ url: u.url, chunks }),
      onChunkComplete: (size, accepted) => {
        chunks.push(size);
        began(u, accepted, resolve);
      },
      ...options,
    });
    u.start();
  });
}

const [a, b, c, d] = files;
const said = {};
said.chunked = await upload(a, { chunkSize: 300_000 });
const broken = await upload(b, { chunkSize: 250_000 }, (u, accepted, resolve) => {
  if (accepted >= 500_000) u.abort().then(() => resolve({ url: u.url, accepted }));
});
said.resumed = { accepted: broken.accepted, ...(await upload(b, { uploadUrl: broken.url })) };
said.whole = await upload(c, {});
const given_up = await upload(d, { chunkSize: 200_000 }, (u, accepted, resolve) => {
  if (accepted >= 200_000) u.abort(true).then(() => resolve({ url: u.url }));
});
// What was given up is not there any more; the client begins it anew by itself.
said.anew = { before: given_up.url, ...(await upload(d, { uploadUrl: given_up.url })) };
console.log(JSON.stringify(said));
