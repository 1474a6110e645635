// Bun's own publish: one topic, every phone subscribed to it.
import { dlopen, FFIType, ptr } from "bun:ffi";

// Its own clocks count from its start; the load client reads CLOCK_MONOTONIC.
const libc = dlopen("libc.so.6", { clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 } });
const time = new BigInt64Array(2);
const now = () => (libc.symbols.clock_gettime(1, ptr(time)), time[0] * 1_000_000_000n + time[1]);

const [file, port, deflate] = process.argv.slice(2);
const texts = (await Bun.file(file).text()).trimEnd().split("\n");
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("", { status: 426 })),
  websocket: { perMessageDeflate: deflate === "z", open: (phone) => phone.subscribe("race"), message() {} },
});
console.log("ready");

let sent = 0;
const publish = () => server.publish("race", `{"t":${now()},${texts[sent++ % texts.length].slice(1)}`);

for await (const line of console) {
  const [rate, seconds] = line.split(" ").map(Number);
  const count = Math.round(rate * seconds);
  const begun = performance.now();
  for (let n = 0; n < count; n++) {
    const wait = begun + (n * 1000) / rate - performance.now();
    if (wait > 0) await Bun.sleep(wait);
    publish();
    if (performance.now() - begun > 2000 * seconds) break;
    await Bun.sleep(0);
  }
  console.log("done");
}
