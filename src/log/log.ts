import type { Writable } from 'node:stream';
import { inspect, styleText } from 'node:util';
import { type Logger, pino, stdTimeFunctions } from 'pino';
import { KnownSecrets } from '../base/known-secrets.ts';
import { fileOutput, type LogOutput, streamOutput } from './log-output.ts';
import { redactFields, redactTokens } from './log-redaction.ts';
import { loggableError } from './loggable-error.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** Fields of an event. Errors among them are cut down to what may be told of them ({@link loggableError}). */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes events: a stable name (`token.received`) and typed fields, never prose made on the spot. */
export type Log = {
  readonly [Level in LogLevel]: (event: string, fields?: LogFields) => void;
} & {
  child(fields: LogFields): Log;
  /**
   * Takes finished lines (JSON, with their line ends), for what is written once a request and for what other
   * processes wrote. Secrets in them are redacted; no field may be named like one.
   */
  lines(text: string): void;
  /** Whether events of this level are written; for callers whose fields cost something to make. */
  enabled(level: LogLevel): boolean;
  dropped(): number;
};

export type ClosableLog = Log & Pick<LogOutput, 'end' | 'close'>;

export interface LogOptions {
  /** Least level that is written; `silent` writes none. */
  readonly level: LogLevel | 'silent';
  /** Where lines go. What has a file descriptor (stdout) is written to by that, off the program's thread. */
  readonly destination: Writable & { readonly fd?: number };
  /** Lines for people instead of JSON; meant for terminals only. */
  readonly pretty: boolean;
  /** Taken out of every line, last of all. */
  readonly secrets?: KnownSecrets;
}

/**
 * Makes the program's log: one JSON line an event with `level`, `time` (ISO 8601), `event` and its fields. Lines that
 * wait when the process exits are lost, unless {@link ClosableLog.end} is called then.
 */
export function createLogger(options: LogOptions): ClosableLog {
  const output = openOutput(options);
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: withoutErrors },
      hooks: { streamWrite: redactFields },
    },
    output,
  );
  return { ...logOver(logger, output), end: output.end, close: output.close };
}

function logOver(logger: Logger, output: LogOutput): Log {
  const at =
    (level: LogLevel) =>
    (event: string, fields?: LogFields): void => {
      if (logger.isLevelEnabled(level)) logger[level]({ event, ...fields });
    };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: (fields) => logOver(logger.child(withoutErrors(fields)), output),
    lines: output.write,
    enabled: (level) => logger.isLevelEnabled(level),
    dropped: output.dropped,
  };
}

const withoutErrors = (fields: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? loggableError(value) : value,
    ]),
  );

function openOutput({ destination, pretty, secrets = new KnownSecrets() }: LogOptions): LogOutput {
  const finish = (lines: string): string => secrets.scrub(redactTokens(lines));
  if (pretty) {
    return streamOutput(destination, (lines) =>
      lines.replace(/.+\n/g, (line) => prettyLine(finish(line), destination)),
    );
  }
  return destination.fd === undefined
    ? streamOutput(destination, finish)
    : fileOutput(destination.fd, finish, droppedNotice);
}

const droppedNotice = (lines: number): string =>
  `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), event: 'log.lines-dropped', lines })}\n`;

const STYLES = { warn: 'yellow', error: 'red', fatal: 'red' } as const;

/** `12:00:00.000 warn  token.rejected { ageMs: 5 }`, in colours if the stream can show them (`NO_COLOR`). */
const prettyLine = (line: string, stream: NodeJS.WritableStream): string => {
  const { level, time, event, ...fields }: Record<string, unknown> = JSON.parse(line);
  const style = level === 'warn' || level === 'error' || level === 'fatal' ? STYLES[level] : 'green';
  const head = `${String(time).slice(11, 23)} ${styleText(style, String(level).padEnd(5), { stream })} ${event}`;
  if (Object.keys(fields).length === 0) return `${head}\n`;
  return `${head} ${inspect(fields, { depth: 4, breakLength: Number.POSITIVE_INFINITY })}\n`;
};
