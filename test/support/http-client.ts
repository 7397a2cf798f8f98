import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';

/** Names and values in turn, sent in this order and spelling. */
export type FlatHeaders = readonly string[];

export interface CallOptions {
  readonly method?: string;
  readonly headers?: FlatHeaders;
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
}

/** An answer as it came over the wire: nothing decoded, nothing followed, nothing merged. */
export interface CallAnswer {
  readonly status: number;
  readonly rawHeaders: FlatHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** The body as JSON. */
  json(): unknown;
  /** The field's lines joined by a comma; `undefined` without any. */
  header(name: string): string | undefined;
}

/** A connection for each call, unless an agent is given: no call can disturb another. */
const open = (url: string, { method = 'GET', headers = [], agent, signal }: CallOptions): ClientRequest => {
  // The target is cut out as it is: `new URL` would resolve dot segments and escape bytes.
  const [, host = '', port = '80', target = '/'] =
    /^http:\/\/(\[[^\]]+\]|[^/:]+):?(\d*)(.*)$/.exec(url) ?? [];
  const request = httpRequest({
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port),
    path: target === '' ? '/' : target,
    method,
    agent: agent ?? new Agent({ keepAlive: false }),
    headers: headers.some((it, i) => i % 2 === 0 && it.toLowerCase() === 'host')
      ? [...headers]
      : ['Host', `${host}:${port}`, ...headers],
    ...(signal === undefined ? {} : { signal }),
  });
  request.end();
  return request;
};

const answerOf = (response: IncomingMessage, body: Buffer): CallAnswer => {
  const { rawHeaders } = response;
  const text = body.toString('utf8');
  return {
    status: response.statusCode ?? 0,
    rawHeaders,
    body,
    text,
    json: () => JSON.parse(text),
    header: (name) => headerOf(rawHeaders, name),
  };
};

/** The lines of a field joined by a comma. */
export const headerOf = (rawHeaders: FlatHeaders, name: string): string | undefined => {
  const lines = headerLines(rawHeaders, name);
  return lines.length === 0 ? undefined : lines.join(', ');
};

/** The lines of a field, each by itself. */
export const headerLines = (rawHeaders: FlatHeaders, name: string): string[] =>
  rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name.toLowerCase());

/** Calls and reads the whole answer. Rejects when the answer breaks off. */
export const call = (url: string, options: CallOptions = {}): Promise<CallAnswer> =>
  new Promise((resolve, reject) => {
    const request = open(url, options);
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve(answerOf(response, Buffer.concat(chunks))));
    });
  });

/** Calls and gives the answer as soon as its head is there; the body is for the test to read or to leave. */
export const begin = (
  url: string,
  options: CallOptions = {},
): Promise<{ readonly request: ClientRequest; readonly response: IncomingMessage }> =>
  new Promise((resolve, reject) => {
    const request = open(url, options);
    request.on('error', reject);
    request.on('response', (response) => {
      response.on('error', () => {});
      resolve({ request, response });
    });
  });

/** Sends bytes on a connection of their own and gives what comes back until the other side closes it. */
export const sendRaw = (port: number, bytes: string | Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  });

/** The first bytes of a body; the rest is left for later. */
export const firstOf = (response: IncomingMessage): Promise<string> =>
  new Promise((resolve) => {
    response.once('data', (chunk: Buffer) => {
      response.pause();
      resolve(chunk.toString());
    });
  });
