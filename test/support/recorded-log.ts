import { Writable } from 'node:stream';
import { type ClosableLog, createLogger, type LogLevel } from '../../src/log/log.ts';

/** A log, and all that was written to it. */
export const recordedLog = (
  level: LogLevel,
): { readonly log: ClosableLog; readonly written: () => string } => {
  let text = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString('utf8');
      done();
    },
  });
  return { log: createLogger({ level, destination, pretty: false }), written: () => text };
};
