import { getCACertificates } from 'node:tls';
import { Agent, request } from 'undici';
import type { Milliseconds } from '../units.ts';
import { decodeContent, MAX_ANSWER_BYTES } from './content-decoding.ts';
import { DcrError } from './dcr-error.ts';
import type { DcrAnswer, DcrTransport } from './dcr-transport.ts';

export interface HttpTransportOptions {
  /** PEM certificates to trust besides those that Node.js trusts. */
  readonly ca?: string;
  /** Time to connect, TLS included. The whole call is bounded by its signal. */
  readonly connectTimeout: Milliseconds;
}

export interface HttpTransport {
  readonly send: DcrTransport;
  /** Cuts what is open. */
  close(): Promise<void>;
}

/**
 * The real way to the DCR server: certificates verified, redirects not followed, at most 64 KiB of answer read and decoded,
 * a new connection for each call (they are minutes apart, and a kept one would be dead by then).
 */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const agent = new Agent({
    pipelining: 0,
    allowH2: false,
    maxResponseSize: MAX_ANSWER_BYTES,
    // The signal is the one clock: undici's own time-outs between bytes would never end a server that sends one byte a second.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: options.connectTimeout,
      rejectUnauthorized: true,
      ...(options.ca !== undefined && { ca: [...getCACertificates('default'), options.ca] }),
    },
  });
  const send: DcrTransport = async ({ url, method, headers, body, signal }) => {
    const answer = await request(url, { dispatcher: agent, method, headers, body, signal });
    if (Number(answer.headers['content-length']) > MAX_ANSWER_BYTES) {
      // undici counts what arrives; this one need not arrive. Destroying it may report an error that nobody needs.
      answer.body.on('error', () => {}).destroy();
      throw new DcrError('answer_too_large', `The answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    }
    const raw = Buffer.from(await answer.body.arrayBuffer());
    const joined = joinedHeaders(answer.headers);
    const content = decodeContent(raw, joined['content-encoding']);
    return { status: answer.statusCode, headers: joined, body: content.toString('utf8') };
  };
  return { send, close: () => agent.destroy() };
}

function joinedHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): DcrAnswer['headers'] {
  const joined: Record<string, string | undefined> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    joined[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return joined;
}
