import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { CHANGES } from './changes.ts';

/**
 * Loaded before everything else in each process of the suite (`scripts/canary.ts`): notes each secret that the program
 * wraps, and whatever it writes: log, answers of both listeners, standard output and error, spans.
 * The sources are changed as they are loaded, since nothing in the program tells of its secrets.
 */

declare global {
  var canary: Canary;
}

/** So much of each connection is looked at: heads, problems, pages, and the beginning of a large report. */
const MOST_OF_A_CONNECTION = 1_000_000;

class Canary {
  readonly #folder: string;
  readonly #known = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Notes a secret. */
  secret(text: unknown): void {
    if (typeof text !== 'string' || this.#known.has(text)) return;
    this.#known.add(text);
    this.#note('secrets', JSON.stringify(text));
  }

  /** Notes what goes out. @returns the same */
  output<T>(door: string, text: T): T {
    this.#note('outputs', JSON.stringify([door, typeof text === 'string' ? text : textOf(text)]));
    return text;
  }

  /** Notes what a server sends. */
  server<T extends Server>(server: T, door: string): T {
    process.setMaxListeners(0);
    for (const event of ['connection', 'secureConnection']) {
      server.on(event, (socket: Socket) => this.#watch(socket, door));
    }
    return server;
  }

  /** Notes what is written to a stream. @returns the stream */
  stream<T extends Writable>(stream: T, door: string): T {
    const { write } = stream;
    const watched = (...args: unknown[]): unknown => {
      this.output(door, args[0]);
      return Reflect.apply(write, stream, args);
    };
    return Object.assign(stream, { write: watched });
  }

  /** Notes what spans say. */
  exporter<T extends SpanExporter>(exporter: T): T {
    const send = exporter.export.bind(exporter);
    exporter.export = (spans, done) => {
      for (const { name, attributes, events, status } of spans) {
        this.output('spans', JSON.stringify([name, attributes, events, status]));
      }
      send(spans, done);
    };
    return exporter;
  }

  #watch(socket: Socket, door: string): void {
    let [text, seen] = ['', 0];
    const tell = (): void => {
      if (text !== '') this.output(door, text);
      text = '';
    };
    const take = ([piece]: unknown[]): void => {
      const isText = typeof piece === 'string' || piece instanceof Uint8Array;
      if (!isText || seen >= MOST_OF_A_CONNECTION) return;
      text += textOf(piece);
      seen += piece.length;
    };
    for (const method of ['write', 'end'] as const) {
      const original = socket[method];
      const watched = (...args: unknown[]): unknown => {
        take(args);
        return Reflect.apply(original, socket, args);
      };
      Object.assign(socket, { [method]: watched });
    }
    socket.once('close', tell);
    process.once('exit', tell);
  }

  #note(kind: 'secrets' | 'outputs', line: string): void {
    appendFileSync(join(this.#folder, `${process.pid}.${kind}`), `${line}\n`);
  }
}

const textOf = (bytes: unknown): string =>
  bytes instanceof Uint8Array ? Buffer.from(bytes).toString('latin1') : String(bytes);

const folder = process.env['CANARY_FOLDER'];
if (folder !== undefined) {
  globalThis.canary = new Canary(folder);
  if (process.argv[1]?.endsWith('/src/main.ts')) {
    globalThis.canary.stream(process.stdout, 'stdout');
    globalThis.canary.stream(process.stderr, 'stderr');
  }
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      let source = String(loaded.source ?? '');
      let isChanged = false;
      for (const [file, before, after] of CHANGES) {
        if (!url.endsWith(file)) continue;
        if (!source.includes(before)) throw new Error(`${file} has no longer: ${before}`);
        source = source.replace(before, after);
        isChanged = true;
      }
      return isChanged ? { ...loaded, source } : loaded;
    },
  });
}
