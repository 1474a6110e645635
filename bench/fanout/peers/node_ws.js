// The ws package: a loop over its clients, as its documentation shows a broadcast.
const { readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");
const { setTimeout: sleep } = require("node:timers/promises");
const { WebSocketServer, WebSocket } = require("ws");

const [file, port, deflate] = process.argv.slice(2);
const texts = readFileSync(file, "utf8").trimEnd().split("\n");
const server = new WebSocketServer({
  host: "127.0.0.1", port: Number(port), backlog: 4096, perMessageDeflate: deflate === "z",
});
server.on("connection", (phone) => phone.on("error", () => {}));
server.on("listening", () => console.log("ready"));

let sent = 0;
function publish() {
  const text = `{"t":${process.hrtime.bigint()},${texts[sent++ % texts.length].slice(1)}`;
  for (const phone of server.clients) if (phone.readyState === WebSocket.OPEN) phone.send(text);
}

createInterface({ input: process.stdin }).on("line", async (line) => {
  const [rate, seconds] = line.split(" ").map(Number);
  const count = Math.round(rate * seconds);
  const begun = performance.now();
  for (let n = 0; n < count; n++) {
    const wait = begun + (n * 1000) / rate - performance.now();
    await sleep(Math.max(wait, 0));
    publish();
    if (performance.now() - begun > 2000 * seconds) break;
  }
  console.log("done");
});
