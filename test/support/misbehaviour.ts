import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a server does instead of answering well. */
export type Misbehaviour = (response: ServerResponse, request: IncomingMessage) => void;

const answering =
  (status: number, headers: Readonly<Record<string, string>>, body: string): Misbehaviour =>
  (response) => {
    response.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headers });
    response.end(body);
  };

/** Writes below HTTP. */
const writing =
  (text: string, then: (response: ServerResponse) => void): Misbehaviour =>
  (response) =>
    void response.socket?.write(text, () => then(response));

const HALF_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: appl';
const HALF_BODY =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"report":[{"ye';
const reset = (response: ServerResponse) => void response.socket?.resetAndDestroy();
const end = (response: ServerResponse) => void response.socket?.end();
const json = { 'Content-Type': 'application/json' };
const html = '<html><body>Please log in</body></html>';

/** A byte now and then, for as long as somebody listens. */
const trickling =
  (text: string): Misbehaviour =>
  (response) => {
    const { socket } = response;
    let at = 0;
    const timer = setInterval(() => socket?.write(text.charAt(at++) || ' '), 10);
    socket?.once('close', () => clearInterval(timer));
  };

/** Misbehaviour that has nothing to do with what was asked; a server that cannot be reached is the test's to arrange. */
export const MISBEHAVIOUR: Readonly<Record<string, Misbehaviour>> = {
  'reset before the head': reset,
  'reset in the head': writing(HALF_HEAD, reset),
  'reset in the body': writing(HALF_BODY, reset),
  'closed in the head': writing(HALF_HEAD, end),
  'a truncated body': writing(HALF_BODY, end),
  'no answer': () => {},
  'a head at a trickle': trickling(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(10_000)}`),
  'a body at a trickle': writing(HALF_BODY, (response) => trickling('a","')(response, response.req)),
  'an answer that is no HTTP': writing('SSH-2.0-OpenSSH_9.6\r\n\r\n', () => {}),
  'a 401': answering(401, { 'WWW-Authenticate': 'Bearer' }, 'Unauthorized'),
  'a 403': answering(403, json, '{"error":"forbidden"}'),
  'a 429 without a word': answering(429, { 'Content-Type': 'text/html', 'Set-Cookie': 'a=b' }, html),
  'a 429 with Retry-After: soon': answering(429, { 'Retry-After': 'soon' }, ''),
  'a 429 with Retry-After: -1': answering(429, { 'Retry-After': '-1' }, ''),
  'a 429 with Retry-After: 1e9': answering(429, { 'Retry-After': '1e9' }, ''),
  'a 429 with Retry-After: 99999999999': answering(429, { 'Retry-After': '99999999999' }, ''),
  'a 429 with Retry-After in the past': answering(
    429,
    { 'Retry-After': 'Thu, 01 Jan 1970 00:00:00 GMT' },
    '',
  ),
  'a 500': answering(500, {}, 'stack trace'),
  'a 503': answering(503, {}, ''),
  'HTML with 200': answering(200, { 'Content-Type': 'text/html' }, html),
  'huge JSON': answering(200, json, `{"report":["${'x'.repeat(200_000)}"]}`),
  'an empty body': answering(200, json, ''),
  'a redirect': answering(302, { Location: 'http://evil.test/steal' }, ''),
  'a redirect to itself': answering(307, { Location: '/o/client/token' }, ''),
};

const token = (expiresIn: unknown): Misbehaviour =>
  answering(
    201,
    json,
    JSON.stringify({ access_token: 'token-odd', token_type: 'bearer', expires_in: expiresIn }),
  );

/** Token answers whose lifetime is odd. Some of them are good for a token all the same. */
export const ODD_LIFETIMES: Readonly<
  Record<string, { readonly does: Misbehaviour; readonly usable: boolean }>
> = {
  'expires_in 0': { does: token(0), usable: false },
  'expires_in -1': { does: token(-1), usable: false },
  'expires_in as a text': { does: token('21600'), usable: true },
  'expires_in that is no number': { does: token('soon'), usable: true },
  'expires_in 1e12': { does: token(1e12), usable: true },
  'expires_in null': { does: token(null), usable: true },
};
