import net from 'node:net';

/** Listens on port 0 and lets go again. */
function probe(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}

/** A port on 127.0.0.1 that is free now, and whose successor is free too (a server's private listener goes there). */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await probe(0);
    if (port !== undefined && port < 65_535 && (await probe(port + 1)) !== undefined) return port;
  }
}
