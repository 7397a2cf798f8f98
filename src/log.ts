import type { Writable } from 'node:stream';
import {
  type DestinationStream,
  destination as fileDestination,
  type Logger,
  pino,
  stdTimeFunctions,
} from 'pino';
import { ItemQueue } from './item-queue.ts';
import { LineBatch } from './line-batch.ts';
import { prettyLine } from './log-pretty.ts';
import { redactLine, redactTokens, withoutTokens } from './log-redaction.ts';
import { loggableError } from './loggable-error.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** Fields of an event. Errors among them are cut down to what may be told of it ({@link loggableError}). */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes events: a stable name (`token.refreshed`) and typed fields, never prose made on the spot. */
export type Log = {
  readonly [Level in LogLevel]: (event: string, fields?: LogFields) => void;
} & {
  /** A log that adds `fields` to each event. */
  child(fields: LogFields): Log;
  /**
   * For what is written once a request: finished lines (JSON, with their line end), which {@link Log} makes of an event elsewhere.
   * To a file, many are made and written together, in their order among the events; {@link ClosableLog.flush} writes what waits.
   * Tokens in them are redacted; no field may be named like a secret.
   * @param write puts a line for each item into the batch
   * @returns takes an item
   */
  lines<Item>(write: (items: readonly Item[], batch: LineBatch) => void): (item: Item) => void;
  /** Whether events of this level are written; for callers whose fields cost something to make. */
  enabled(level: LogLevel): boolean;
};

export interface ClosableLog extends Log {
  /** Writes out what is buffered, synchronously where the destination is a file descriptor. */
  flush(): void;
  /** Flushes and lets go of the destination; nothing is written after. To be called last when stopping. */
  close(): Promise<void>;
}

export interface LogOptions {
  /** Least level that is written; `silent` writes none. */
  readonly level: LogLevel | 'silent';
  /** Where lines go. A stream over a file descriptor (stdout) is written to directly, buffered off the hot path. */
  readonly destination: Writable & { readonly fd?: number };
  /** Lines for people instead of JSON; meant for terminals only. */
  readonly pretty: boolean;
}

/** Lines wait for this many bytes, or this long, whichever comes first, so that requests never wait for a write. */
const BUFFER_BYTES = 64_000;
const MOST_BYTES_A_WRITE = 65_536;
const FLUSH_EVERY_MS = 100;
const MOST_BYTES_OF_MOST_LINES = 1024;
/** Made one by one, between other work, lines cost more; before the writes of a turn, others would wait for them. */
const MANY_LINES = 256;
/** What is held for a reader of stdout that stalls; lines past it are dropped rather than memory filled. */
const MOST_BUFFERED_BYTES = 8 * 1024 * 1024;

/**
 * Makes the program's log: one JSON line an event with `level`, `time` (ISO 8601), `event` and its fields. Lines that
 * are still buffered when the process exits are written at exit.
 */
export function createLogger(options: LogOptions): ClosableLog {
  const output = openOutput(options);
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: redactLine },
    },
    output.stream,
  );
  return { ...logOver(logger, output.lines), flush: output.flush, close: output.close };
}

function logOver(logger: Logger, lines: Log['lines']): Log {
  const at =
    (level: LogLevel) =>
    (event: string, fields?: LogFields): void => {
      if (logger.isLevelEnabled(level)) logger[level](withoutErrors(fields, { event }));
    };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: (fields) => logOver(logger.child(withoutErrors(fields, {})), lines),
    lines,
    enabled: (level) => logger.isLevelEnabled(level),
  };
}

/** Adds the fields to `record`, each error cut down to what may be told of it. */
function withoutErrors(
  fields: LogFields | undefined,
  record: Record<string, unknown>,
): Record<string, unknown> {
  for (const name in fields) {
    const value = fields[name];
    record[name] = value instanceof Error ? loggableError(value) : value;
  }
  return record;
}

interface Output {
  readonly stream: DestinationStream;
  /** For what is written once a request. */
  readonly lines: Log['lines'];
  flush(): void;
  close(): Promise<void>;
}

function openOutput({ destination, pretty }: LogOptions): Output {
  if (pretty) return streamOutput(destination, (line) => prettyLine(line, destination));
  return destination.fd === undefined
    ? streamOutput(destination, (line) => line)
    : fileOutput(destination.fd);
}

function streamOutput(destination: Writable, format: (line: string) => string): Output {
  const write = (line: string): void => {
    if (destination.writable) destination.write(format(line));
  };
  const batch = new LineBatch(
    (lines) => write(redactTokens(lines.toString())),
    () => {},
    MOST_BYTES_OF_MOST_LINES,
  );
  return {
    stream: { write },
    lines: (writeLines) => (item) => {
      writeLines([item], batch);
      batch.flush();
    },
    flush: () => {},
    close: async () => {
      if (destination.writable) await new Promise((resolve) => destination.write('', resolve));
    },
  };
}

/** What the file takes in the mode `buffer`, which its own types do not know. */
interface ByteSink {
  write(line: string | Buffer): unknown;
}

/**
 * Lines are collected as bytes: collected as text, SonicBoom (4.2) measures all that it holds anew with each line, which
 * costs ten times as much as the making of the line.
 */
function fileOutput(fd: number): Output {
  const file = fileDestination({
    dest: fd,
    sync: false,
    contentMode: 'buffer',
    minLength: BUFFER_BYTES,
    maxWrite: MOST_BYTES_A_WRITE,
    maxLength: MOST_BUFFERED_BYTES,
    periodicFlush: FLUSH_EVERY_MS,
  });
  const sink: ByteSink = file;
  const gone = new Promise<void>((resolve) => {
    file.once('close', resolve);
    // Whoever read our lines has left (EPIPE): pino then stops writing and never says 'close'.
    file.once('error', () => resolve());
  });
  let closed = false;
  const write = (lines: Buffer): void => {
    // Callers who are cut off when the process stops are noted after the last word.
    if (!closed) sink.write(lines);
  };
  const soon = (flush: () => void): void => void setTimeout(flush, FLUSH_EVERY_MS / 2).unref();
  const batch = new LineBatch((lines) => write(withoutTokens(lines)), soon);
  const queues: { flush(): void }[] = [];
  const flushLines = (): void => {
    for (const queue of queues) queue.flush();
    batch.flush();
  };
  return {
    stream: {
      write: (line) => {
        flushLines();
        write(Buffer.from(line));
      },
    },
    lines: <Item>(writeLines: (items: readonly Item[], batch: LineBatch) => void) => {
      const queue = new ItemQueue<Item>((items) => writeLines(items, batch), soon, MANY_LINES);
      queues.push(queue);
      return (item: Item) => queue.add(item);
    },
    flush: () => {
      if (closed) return;
      flushLines();
      file.flushSync();
    },
    close: () => {
      flushLines();
      closed = true;
      file.end();
      return gone;
    },
  };
}
