import { STATUS_CODES } from 'node:http';
import type { ReadAheadTerms } from '../proxy/listener/read-ahead.ts';

/** What would end a line, or hide a field (RFC 9110 §5.5). */
const FORBIDDEN = /[\0-\x08\x0a-\x1f\x7f\u0100-\uffff]/;

/**
 * Writes a head as Node's server does: with a `Date` if there is none (RFC 9110 §6.6.1), and with what it says of the
 * connection.
 * @param fields names and values in turn; a `Connection` among them is for one that is to end
 * @returns also whether it ends the connection
 * @throws {TypeError} for a value that could not be sent as it is
 */
export const answerHead = (
  status: number,
  fields: readonly string[],
  keepAlive: boolean,
  { keepAliveTimeoutMs, now }: Pick<ReadAheadTerms, 'keepAliveTimeoutMs' | 'now'>,
): { readonly text: string; readonly closes: boolean } => {
  let text = statusLine(status);
  let closes = !keepAlive;
  let dated = false;
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] ?? '';
    if (name.length === 10 && name.toLowerCase() === 'connection') {
      closes = true;
      continue;
    }
    dated ||= name.length === 4 && name.toLowerCase() === 'date';
    text += fieldLine(name, fields[i + 1] ?? '');
  }
  if (!dated) text += `Date: ${new Date(now()).toUTCString()}\r\n`;
  return { text: text + connectionLines(closes, keepAliveTimeoutMs), closes };
};

/** An interim answer (RFC 9110 §15.2): status and fields, nothing of the connection. */
export const interimHead = (status: number, fields: readonly string[]): string => {
  let text = statusLine(status);
  for (let i = 0; i + 1 < fields.length; i += 2) text += fieldLine(fields[i] ?? '', fields[i + 1] ?? '');
  return `${text}\r\n`;
};

const statusLine = (status: number): string => `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;

const fieldLine = (name: string, value: string): string => {
  if (FORBIDDEN.test(value)) throw new TypeError(`The field ${name} holds a character that cannot be sent.`);
  return `${name}: ${value}\r\n`;
};

/** Callers are told for how long it stays, so that they send nothing when it is about to end. */
const connectionLines = (closes: boolean, keepAliveTimeoutMs: number): string => {
  if (closes) return 'Connection: close\r\n\r\n';
  if (keepAliveTimeoutMs < 1000) return 'Connection: keep-alive\r\n\r\n';
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveTimeoutMs / 1000)}\r\n\r\n`;
};
