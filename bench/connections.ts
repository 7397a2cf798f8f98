import net from 'node:net';

/**
 * Holds many connections open to see what they cost a server, as a process of its own:
 *
 *     node bench/connections.ts idle URL COUNT
 *     node bench/connections.ts slow URL COUNT BYTES_PER_SECOND
 *     node bench/connections.ts download URL COUNT
 *
 * `idle` asks once on each and keeps it open; `slow` reads the answer at a trickle; both print `ready` and stay until
 * they are killed. `download` fetches COUNT times, one after another, and prints a JSON array of `Download`s.
 */
export interface Download {
  readonly seconds: number;
  /** All that arrived, head included. */
  readonly bytes: number;
}

const [mode, target = '', countText, bytesText] = process.argv.slice(2);
const url = new URL(target);
const count = Number(countText);
const address = { port: Number(url.port), host: url.hostname };
const request = (connection: 'close' | 'keep-alive'): string =>
  `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: ${connection}\r\n\r\n`;

/** Resolves when the first bytes of the answer are there. */
function idle(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(address, () => socket.write(request('keep-alive')));
    socket.once('data', () => resolve());
    socket.on('data', () => undefined);
    socket.once('error', reject);
  });
}

/** Reads one buffer's worth, then nothing until the next second. Not every server answers as many at once: connected is enough. */
function slow(bytesPerSecond: number): Promise<void> {
  return new Promise((resolve) => {
    const onread = { buffer: Buffer.alloc(bytesPerSecond), callback: () => false };
    const socket = net.connect({ ...address, onread }, resolve);
    socket.write(request('close'));
    socket.once('error', () => resolve());
    setInterval(() => socket.resume(), 1000);
  });
}

const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** How many bytes an answer takes in all, from its first ones; Infinity if only its last chunk will tell. */
function sizeOfAnswer(start: Buffer): number {
  const headEnd = start.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: *(\d+)/i.exec(start.toString('latin1', 0, headEnd))?.[1];
  return length === undefined ? Number.POSITIVE_INFINITY : headEnd + 4 + Number(length);
}

/**
 * Reads into one buffer over and over: the reader must not be what limits. The end is told from the answer, since not every proxy closes a
 * connection when asked to.
 */
function download(scratch: Buffer): Promise<Download> {
  const startedAt = performance.now();
  let bytes = 0;
  let expected: number | undefined;
  return new Promise((resolve, reject) => {
    const socket = net.connect({ ...address, onread: { buffer: scratch, callback: take } });
    function take(length: number, buffer: Uint8Array): boolean {
      const piece = Buffer.from(buffer.buffer, buffer.byteOffset, length);
      expected ??= sizeOfAnswer(piece);
      bytes += length;
      if (bytes >= expected || piece.subarray(-5).equals(LAST_CHUNK)) socket.destroy();
      return true;
    }
    socket.once('error', reject);
    socket.once('close', () => resolve({ seconds: (performance.now() - startedAt) / 1000, bytes }));
    socket.write(request('close'));
  });
}

if (mode === 'download') {
  const scratch = Buffer.alloc(1024 * 1024);
  const downloads: Download[] = [];
  for (let done = 0; done < count; done++) downloads.push(await download(scratch));
  console.log(JSON.stringify(downloads));
} else {
  // In groups: a thousand SYNs at once would measure the listen backlog.
  for (let opened = 0; opened < count; opened += 50) {
    const group = Math.min(50, count - opened);
    await Promise.all(
      Array.from({ length: group }, () => (mode === 'idle' ? idle() : slow(Number(bytesText)))),
    );
  }
  console.log('ready');
  setInterval(() => undefined, 60_000);
}
