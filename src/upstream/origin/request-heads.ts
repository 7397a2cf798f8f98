import type { OriginRequest } from './answer-handler.ts';

/** Bytes that would end a line, or the head, within a value. Parsers before us refuse them; so do we. */
const FORBIDDEN = /[\0\r\n]/;
const FORBIDDEN_IN_TARGET = /[\0-\x20\x7f]/;

/** Writes the heads of requests to one host. Fields that are the very list of the request before are not written anew. */
export class RequestHeads {
  readonly #host: string;
  #headers: readonly string[] | undefined;
  #block = '';

  constructor(host: string) {
    this.#host = host;
  }

  /** @returns the bytes to send, in Latin-1 @throws {TypeError} for what cannot be sent as it is */
  of({ target, headers }: OriginRequest): string {
    if (FORBIDDEN_IN_TARGET.test(target))
      throw new TypeError('The request target holds a control character.');
    if (headers !== this.#headers) {
      this.#block = this.#blockOf(headers);
      this.#headers = headers;
    }
    return `GET ${target} HTTP/1.1\r\n${this.#block}`;
  }

  #blockOf(headers: readonly string[]): string {
    let block = `host: ${this.#host}\r\n`;
    for (let i = 0; i + 1 < headers.length; i += 2) {
      const value = headers[i + 1] ?? '';
      if (FORBIDDEN.test(value)) throw new TypeError(`The header ${headers[i]} holds a control character.`);
      block += `${headers[i]}: ${value}\r\n`;
    }
    return `${block}\r\n`;
  }
}
