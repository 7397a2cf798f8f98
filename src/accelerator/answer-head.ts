import { STATUS_CODES } from 'node:http';
import type { EpochMs } from '../base/units.ts';

/** The head of an answer as it is sent, and what it says of the connection. */
export interface AnswerHeadText {
  readonly text: string;
  /** Whether it ends the connection. */
  readonly closes: boolean;
}

export interface ConnectionTerms {
  readonly keepAlive: boolean;
  /** Told to callers, so that they send nothing on a connection that is about to end. 0: it stays for as long as they like. */
  readonly keepAliveSeconds: number;
}

/** What would end a line, or hide a field (RFC 9110 §5.5). */
const FORBIDDEN = /[\0-\x08\x0a-\x1f\x7f\u0100-\uffff]/;

interface WrittenLine {
  readonly name: string;
  readonly value: string;
  /** Empty if it is written in another way. */
  readonly text: string;
  readonly lowerName: string;
}

/**
 * Writes heads as Node's server does: with a `Date` if there is none (RFC 9110 §6.6.1), and with what it says of the connection. Answers say mostly the
 * same in the same order, so the lines of the last one are not written anew.
 */
export class AnswerHeads {
  readonly #last: WrittenLine[] = [];

  /**
   * @param fields names and values in turn; a `Connection` among them is for one that is to end
   * @throws {TypeError} for a value that could not be sent as it is
   */
  of(
    status: number,
    fields: readonly string[],
    { keepAlive, keepAliveSeconds }: ConnectionTerms,
    now: EpochMs,
  ): AnswerHeadText {
    let text = statusLine(status);
    let closes = !keepAlive;
    let dated = false;
    for (let i = 0; i + 1 < fields.length; i += 2) {
      const line = this.#line(i, fields[i] ?? '', fields[i + 1] ?? '');
      if (line.lowerName === 'date') dated = true;
      else if (line.lowerName === 'connection') closes = true;
      text += line.text;
    }
    if (!dated) text += `Date: ${new Date(now).toUTCString()}\r\n`;
    return { text: text + connectionLines(closes, keepAliveSeconds), closes };
  }

  #line(index: number, name: string, value: string): WrittenLine {
    const last = this.#last[index];
    if (last !== undefined && last.value === value && last.name === name) return last;
    const line = writtenLine(name, value);
    this.#last[index] = line;
    return line;
  }
}

const writtenLine = (name: string, value: string): WrittenLine => {
  if (FORBIDDEN.test(value)) throw new TypeError(`The field ${name} holds a character that cannot be sent.`);
  const lowerName = name.toLowerCase();
  return { name, value, lowerName, text: lowerName === 'connection' ? '' : `${name}: ${value}\r\n` };
};

const connectionLines = (closes: boolean, keepAliveSeconds: number): string => {
  if (closes) return 'Connection: close\r\n\r\n';
  if (keepAliveSeconds === 0) return 'Connection: keep-alive\r\n\r\n';
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}\r\n\r\n`;
};

/** An interim answer (RFC 9110 §15.2): status and fields, nothing of the connection. */
export const interimHead = (status: number, fields: readonly string[]): string => {
  let text = statusLine(status);
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const value = fields[i + 1] ?? '';
    if (FORBIDDEN.test(value))
      throw new TypeError(`The field ${fields[i]} holds a character that cannot be sent.`);
    text += `${fields[i]}: ${value}\r\n`;
  }
  return `${text}\r\n`;
};

const statusLine = (status: number): string => `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
