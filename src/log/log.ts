import type { Writable } from 'node:stream';
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { ItemQueue } from '../base/item-queue.ts';
import { FileWriter } from './file-writer.ts';
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

/** So long lines wait to be made, and then for each other, so that requests never wait for a write. */
const FLUSH_AFTER_MS = 25;
const MOST_BYTES_OF_MOST_LINES = 1024;
/** Made one by one, between other work, lines cost more; before the writes of a turn, others would wait for them. */
const MANY_LINES = 1024;
/** What is held for a reader of stdout that stalls; lines past it are dropped rather than memory filled. */
const MOST_BUFFERED_BYTES = 8 * 1024 * 1024;

/**
 * Makes the program's log: one JSON line an event with `level`, `time` (ISO 8601), `event` and its fields. Lines that
 * are still buffered when the process exits are lost, unless {@link ClosableLog.flush} is called then.
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
    (lines, done) => {
      write(redactTokens(lines.toString()));
      done();
    },
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

/** To a file descriptor, lines wait for each other, and leave off the program's thread. */
function fileOutput(fd: number): Output {
  const file = new FileWriter(fd, MOST_BUFFERED_BYTES);
  let [closed, atOnce] = [false, false];
  const write = (lines: Buffer, done: () => void): void => {
    // Callers who are cut off when the process stops are noted after the last word.
    if (!closed && !atOnce) {
      file.write(withoutTokens(lines), done);
      return;
    }
    if (!closed) file.writeSync(withoutTokens(lines));
    done();
  };
  const soon = (flush: () => void): void => void setTimeout(flush, FLUSH_AFTER_MS).unref();
  const batch = new LineBatch(write, soon);
  const queues: { flush(): void }[] = [];
  const flushQueues = (): void => {
    for (const queue of queues) queue.flush();
  };
  const flush = (): void => {
    if (closed) return;
    atOnce = true;
    flushQueues();
    batch.flush();
    file.flushSync();
    atOnce = false;
  };
  return {
    stream: {
      write: (line) => {
        flushQueues();
        batch.text(line);
        batch.end();
      },
    },
    lines: <Item>(writeLines: (items: readonly Item[], batch: LineBatch) => void) => {
      const queue = new ItemQueue<Item>((items) => writeLines(items, batch), soon, MANY_LINES);
      queues.push(queue);
      return (item: Item) => queue.add(item);
    },
    flush,
    close: async () => {
      flushQueues();
      batch.flush();
      closed = true;
      await file.idle();
    },
  };
}
