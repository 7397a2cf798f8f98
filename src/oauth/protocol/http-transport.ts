import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { getCACertificates } from 'node:tls';
import type { Milliseconds } from '../../base/units.ts';
import { decodeContent, MAX_ANSWER_BYTES } from './content-decoding.ts';
import { DcrError } from './dcr-error.ts';
import type { DcrAnswer, DcrRequest, DcrTransport } from './dcr-transport.ts';

export interface HttpTransportOptions {
  /** PEM certificates to trust besides those that Node.js trusts. */
  readonly ca?: string;
  /** Time to connect, TLS included. The whole call is bounded by its signal. */
  readonly connectTimeout: Milliseconds;
}

export interface HttpTransport {
  readonly send: DcrTransport;
  /** Cuts what is open. */
  close(): void;
}

/** Names and values together, as Node's parser counts them. The real ones are under 2 KiB. */
const MAX_HEAD_BYTES = 16 * 1024;

/**
 * The real way to the DCR server, on Node's own client: certificates verified, redirects not followed, at most 64 KiB of answer read
 * and decoded, a new connection for each call (they are minutes apart, and a kept one would be dead by then).
 */
export function createHttpTransport({ ca, connectTimeout }: HttpTransportOptions): HttpTransport {
  const trusted = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] };
  const open = new Set<ClientRequest>();

  const start = ({ url, method, headers, signal }: DcrRequest): ClientRequest => {
    const options = {
      method,
      headers,
      signal,
      agent: false,
      maxHeaderSize: MAX_HEAD_BYTES,
      insecureHTTPParser: false,
    } as const;
    return url.protocol === 'https:'
      ? // Said, as the environment may hold NODE_TLS_REJECT_UNAUTHORIZED.
        httpsRequest(url, { ...options, ...trusted, rejectUnauthorized: true })
      : httpRequest(url, options);
  };

  const send: DcrTransport = async (call) => {
    const request = start(call);
    open.add(request);
    try {
      const answered = responseTo(request);
      const failure = failureOf(request);
      limitConnecting(request, call.url, connectTimeout);
      request.end(call.body);
      const response = await answered;
      const raw = await contentOf(response).catch((error: unknown) => {
        throw error instanceof DcrError ? error : (failure() ?? error);
      });
      const headers = joinedHeaders(response);
      const content = decodeContent(raw, headers['content-encoding']);
      return { status: response.statusCode ?? 0, headers, body: content.toString('utf8') };
    } finally {
      open.delete(request);
      request.destroy();
    }
  };

  return {
    send,
    close: () => {
      for (const request of open) request.destroy();
    },
  };
}

/**
 * What the request failed with, as far as is known. Of a body that is cut the response says that alone; the request knows whether
 * the bytes were wrong. Of a body that is complete nothing matters any more.
 */
function failureOf(request: ClientRequest): () => Error | undefined {
  let failure: Error | undefined;
  request.on('error', (error) => {
    failure ??= error;
  });
  return () => failure;
}

function limitConnecting(request: ClientRequest, url: URL, timeout: Milliseconds): void {
  const timer = setTimeout(() => {
    request.destroy(new DcrError('timeout', `${url.origin} does not accept connections in time`));
  }, timeout);
  const connected = () => clearTimeout(timer);
  request.once('close', connected);
  request.once('socket', (socket) => {
    socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
  });
}

/** The head of the answer, 1xx passed over. A connection that is taken for something else (101) ends without one. */
const responseTo = (request: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
    request.once('close', () => reject(new Error('the connection ended before the answer')));
  });

/** @throws {DcrError} `answer_too_large` as soon as that is known; what the connection's end throws */
async function contentOf(response: IncomingMessage): Promise<Buffer> {
  // What says that it is too large need not be waited for: it may never arrive.
  if (Number(response.headers['content-length']) > MAX_ANSWER_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const tooLarge = (): DcrError =>
  new DcrError('answer_too_large', `The answer is larger than ${MAX_ANSWER_BYTES} bytes`);

function joinedHeaders({ headersDistinct }: IncomingMessage): DcrAnswer['headers'] {
  const joined: Record<string, string | undefined> = Object.create(null);
  for (const [name, values] of Object.entries(headersDistinct)) joined[name] = values?.join(', ');
  return joined;
}
