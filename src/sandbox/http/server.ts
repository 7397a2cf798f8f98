import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Faults, Mishap } from '../control/faults.ts';
import { refusalAnswer } from '../oauth/refusals.ts';
import { scopeOf } from '../oauth/scopes.ts';
import { type Answer, acceptsGzip, sendAnswer, textAnswer } from './answer.ts';
import type { RequestKind, RequestLog } from './request-log.ts';

/** A request, read whole. */
export interface SandboxRequest {
  readonly kind: RequestKind;
  readonly method: string;
  /** The raw target. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Address of the connection's other end. */
  readonly address: string | undefined;
}

export interface ServerParts {
  /** What a target asks for; `control` is neither logged nor ever struck by a fault. */
  classify(target: string): RequestKind | 'control';
  answer(request: SandboxRequest): Promise<Answer>;
  control(request: Omit<SandboxRequest, 'kind'>): Promise<Answer>;
  readonly faults: Faults;
  readonly log: RequestLog;
  now(): number;
}

const MAX_BODY_BYTES = 256 * 1024;

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (request.method === 'GET' || request.method === 'HEAD') return '';
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const tooLarge = (): Answer => textAnswer(413, 'The body is too large.', { connection: 'close' });

const statusAnswer = (effect: Extract<Mishap['effect'], { kind: 'status' }>): Answer => ({
  status: effect.status,
  headers: { 'content-type': 'text/html', ...effect.headers },
  body:
    effect.body ??
    `<html><head><title>${effect.status}</title></head><body><h1>${effect.status}</h1></body></html>`,
});

/** The answer that a fault puts in the place of the right one. */
function faultAnswer(effect: Mishap['effect'], target: string): Answer | undefined {
  if (effect?.kind === 'status') return statusAnswer(effect);
  return effect?.kind === 'refuse' ? refusalAnswer(effect.as, scopeOf(target)) : undefined;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  parts: ServerParts,
  stopping: AbortSignal,
) {
  const { method = 'GET', url: target = '/', headers, socket } = request;
  const kind = parts.classify(target);
  const send = (answer: Answer, tear = false) =>
    sendAnswer(response, answer, { gzip: acceptsGzip(headers['accept-encoding']?.toString()), tear });

  if (kind === 'control') {
    const body = await readBody(request);
    const about = { method, target, headers, address: socket.remoteAddress };
    return send(body === undefined ? tooLarge() : await parts.control({ ...about, body }));
  }

  const entry = parts.log.note({ at: parts.now(), kind, method, target, rawHeaders: request.rawHeaders });
  const { latency, effect } = parts.faults.befall(kind, target);
  const body = await readBody(request);
  entry.body(body ?? '');
  if (latency > 0) await delay(latency, undefined, { signal: stopping });
  if (effect?.kind === 'hang') return;
  if (effect?.kind === 'reset') {
    socket.resetAndDestroy();
    return;
  }
  const answer = await (body === undefined
    ? tooLarge()
    : (faultAnswer(effect, target) ??
      parts.answer({ kind, method, target, headers, body, address: socket.remoteAddress })));
  entry.answered(answer.status);
  await send(answer, effect?.kind === 'tear');
}

export interface RunningServer {
  readonly port: number;
  /** Ends every connection, also those in use. */
  close(): Promise<void>;
}

/** Starts the HTTP server around the parts. */
export async function startServer(
  parts: ServerParts,
  listen: { readonly port: number; readonly host: string },
): Promise<RunningServer> {
  const stopping = new AbortController();
  const server: Server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    serve(request, response, parts, stopping.signal).catch((error: unknown) => {
      if (stopping.signal.aborted || response.headersSent) {
        response.destroy();
        return;
      }
      const reason = error instanceof Error ? error.message : String(error);
      sendAnswer(response, textAnswer(500, `The sandbox failed: ${reason}`), {
        gzip: false,
        tear: false,
      }).catch(() => response.destroy());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : listen.port,
    close: () =>
      new Promise((resolve) => {
        stopping.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
