import net from 'node:net';

/** Below the range that Linux takes the ports of outgoing connections from, which would collide with the load's. */
const FIRST = 20_000;
const LAST = 32_000;

/** Whether a server can listen there now. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** A port on 127.0.0.1 that is free now, and whose successor is free too (a server's private listener goes there). */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + 2 * Math.floor((Math.random() * (LAST - FIRST)) / 2);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
}
