import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { Agent } from 'undici';
import { errorCode } from '../base/error-code.ts';
import type { Milliseconds } from '../base/units.ts';
import { type DcrAnswer, DcrError, type DcrTransport } from '../oauth/index.ts';
import { type ConnectorOptions, connectorTo } from './connector.ts';

/** What is called as a setting of `dcr` means the same. */
export interface DcrTransportOptions extends Omit<ConnectorOptions, 'connectTimeoutMs'> {
  readonly timeoutMs: Milliseconds;
}

export type OpenedDcrTransport = ReturnType<typeof openDcrTransport>;

/** The real answers are under 2 KiB (docs/adobe.md); anything near this is not one of them. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_HEAD_BYTES = 16 * 1024;

/**
 * The way to a DCR server: certificates verified, redirects not followed, at most 64 KiB of answer read and unpacked,
 * a new connection for each call (they are minutes apart, and a kept one would be dead by then).
 */
export const openDcrTransport = (options: DcrTransportOptions) => {
  let connect = connectTo(options);
  const agent = new Agent({
    connect: (target, callback) => connect(target, callback),
    allowH2: false,
    pipelining: 0,
    // The whole call is bounded by its signal.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEAD_BYTES,
    maxResponseSize: MAX_ANSWER_BYTES,
  });
  const send: DcrTransport = async ({ url, headers, body, signal }) => {
    const path = url.pathname + url.search;
    const answer = await agent.request({ origin: url.origin, path, method: 'POST', headers, body, signal });
    const fields = joined(answer.headers);
    // What says that it is too large need not be waited for: it may never arrive.
    if (Number(fields['content-length']) > MAX_ANSWER_BYTES) {
      answer.body.on('error', () => {}).destroy();
      throw tooLarge();
    }
    const content = await answer.body.bytes().catch((error: unknown) => {
      throw errorCode(error) === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' ? tooLarge() : error;
    });
    const text = unpacked(content, fields['content-encoding']).toString('utf8');
    return { status: answer.statusCode, headers: fields, body: text };
  };
  return {
    send,
    /** New connections are made so from now on; those that are open end as they began. */
    renew: (next: DcrTransportOptions): void => {
      connect = connectTo(next);
    },
    /** Cuts what is open. */
    close: () => void agent.destroy(),
  };
};

const connectTo = (options: DcrTransportOptions) =>
  connectorTo({ ...options, connectTimeoutMs: options.timeoutMs });

const joined = (headers: Readonly<Record<string, string | string[] | undefined>>): DcrAnswer['headers'] => {
  const fields: Record<string, string | undefined> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) fields[name] = [value].flat().join(', ');
  return fields;
};

const DECODERS: ReadonlyMap<string, typeof gunzipSync> = new Map([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
]);

/**
 * Undoes one coding: we ask for none, but servers between may add one. Several, which only attacks use, are refused.
 */
const unpacked = (content: Uint8Array, encoding = 'identity'): Buffer => {
  const coding = encoding.toLowerCase();
  if (coding === 'identity') return Buffer.from(content);
  const decode = DECODERS.get(coding);
  if (decode === undefined)
    throw new DcrError('malformed_answer', 'The answer has an unknown content coding');
  try {
    return decode(content, { maxOutputLength: MAX_ANSWER_BYTES });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge();
    throw new DcrError('malformed_answer', `The answer cannot be unpacked (${coding})`);
  }
};

const tooLarge = (): DcrError =>
  new DcrError('answer_too_large', `The answer is larger than ${MAX_ANSWER_BYTES} bytes`);
