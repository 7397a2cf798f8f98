import { sendRaw } from './http-client.ts';

/** One answer as a strict client reads it off the wire. */
export interface RawAnswer {
  readonly status: number;
  /** Lines of the header block as they came. */
  readonly lines: readonly string[];
  /** The decoded body. */
  readonly body: string;
  /** Whether the connection ends after it by its own word. */
  readonly closes: boolean;
}

/** The field lines that honest requests carry. */
export const HOST = 'Host: localhost\r\n';

/** A whole request of these lines; `Host` and the closing of the connection are added. */
export const rawGet = (target: string, ...lines: readonly string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...lines, '', ''].join('\r\n');

/** Sends bytes on a connection of their own and reads the answers until the proxy closes it. */
export const rawAnswers = async (port: number, bytes: string | Buffer): Promise<RawAnswer[]> =>
  parseAnswers(await sendRaw(port, bytes));

/**
 * Reads whole answers to GETs, one behind the other. A strict reader of our own: that Node's client is content with what Node's server
 * writes proves little.
 * @throws {Error} for anything else, bytes left over among it
 */
export const parseAnswers = (text: string): RawAnswer[] => {
  const answers: RawAnswer[] = [];
  for (let rest = text; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) throw new Error(`not an answer: ${JSON.stringify(rest.slice(0, 200))}`);
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) [\x20-\x7e]*$/.exec(statusLine)?.[1]);
    if (Number.isNaN(status)) throw new Error(`no status line: ${statusLine}`);
    const { body, length } = readBody(rest.slice(end + 4), status, lines);
    answers.push({ status, lines, body, closes: field(lines, 'connection')?.toLowerCase() === 'close' });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
};

/** The value of a field of an answer, which must not be there twice. */
export const field = (lines: readonly string[], name: string): string | undefined => {
  const found = lines.filter((line) => line.slice(0, line.indexOf(':')).toLowerCase() === name);
  if (found.length > 1) throw new Error(`${name} twice`);
  return found[0]?.slice(name.length + 1).trim();
};

const readBody = (
  rest: string,
  status: number,
  lines: readonly string[],
): { readonly body: string; readonly length: number } => {
  if (status < 200 || status === 204 || status === 304) return { body: '', length: 0 };
  if (field(lines, 'transfer-encoding') === 'chunked') return readChunks(rest);
  const length = Number(field(lines, 'content-length'));
  if (!(length <= rest.length)) throw new Error(`a body of ${length} bytes, and ${rest.length} came`);
  return { body: rest.slice(0, length), length };
};

const readChunks = (rest: string): { readonly body: string; readonly length: number } => {
  let body = '';
  for (let at = 0; ; ) {
    const line = /^([0-9a-f]+)\r\n/i.exec(rest.slice(at, at + 20));
    if (line === null) throw new Error('a chunk without a size');
    const size = Number.parseInt(line[1] ?? '', 16);
    const start = at + line[0].length;
    if (rest.slice(start + size, start + size + 2) !== '\r\n') throw new Error('a chunk without an end');
    body += rest.slice(start, start + size);
    at = start + size + 2;
    if (size === 0) return { body, length: at };
  }
};
