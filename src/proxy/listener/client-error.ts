import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { badRequest, methodNotAllowed, type Problem, problemOf, problemReply } from '../answer/problem.ts';
import type { Gateway } from '../gateway.ts';
import type { Connections } from './connections.ts';

/** Node's code for a head that does not come in time. */
export const REQUEST_TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

const PROBLEMS_BY_CODE: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: problemOf(
    'header-too-large',
    'The request line and header fields together are limited to 16 KiB.',
  ),
  [REQUEST_TIMEOUT]: problemOf(
    'request-timeout',
    'The whole head of a request has to arrive within `listen.headersTimeoutMs`.',
  ),
};
const malformed = badRequest(
  'The request could not be parsed. Nothing of it was forwarded.',
  'The request is not valid HTTP/1.1',
);

/**
 * For what Node's HTTP parser does not let through: there is no response object then. What has not been read of the
 * request is lost, on purpose.
 */
const refuse = (socket: Socket, problem: Problem, gateway: Gateway): void => {
  const requestId = gateway.note(problem, { peer: socket.remoteAddress });
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { fields, body } = problemReply({ ...problem, close: true }, requestId);
  let text = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n`;
  for (let i = 0; i + 1 < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
  socket.end(`${text}\r\n${body}`, () => socket.destroySoon());
};

/** An error of Node's server, and of its parser the bytes that it was given. */
export type ClientError = Pick<NodeJS.ErrnoException, 'code'> & { readonly rawPacket?: unknown };

export const answerClientError = (
  { code, rawPacket }: ClientError,
  socket: Socket,
  connections: Connections,
  gateway: Gateway,
): void => {
  // Over TLS, bytes may still come when Node has paused socket and parser behind a large answer: kept until both go on.
  if (code === 'HPE_PAUSED' && rawPacket instanceof Buffer && socket.isPaused()) {
    socket.unshift(rawPacket);
    return;
  }
  // What comes behind a request that ends its connection is thrown away; the answer to that request ends it.
  if (code === 'HPE_CLOSED_CONNECTION') return;
  if (code === 'ECONNRESET') socket.destroy();
  else
    connections.endAfterAnswers(socket, () =>
      refuse(socket, PROBLEMS_BY_CODE[code ?? ''] ?? malformed, gateway),
    );
};

/**
 * For `CONNECT`, which asks for a tunnel. Node's server lets go of the connection with it, so that answers under way
 * are lost: a refusal would be taken for one of them.
 */
export const refuseTunnel = (
  authority: string,
  socket: Socket,
  connections: Connections,
  gateway: Gateway,
): void => {
  const name = gateway.forwardedName(authority);
  if (connections.isAnswering(socket)) socket.destroy();
  else refuse(socket, name === undefined ? noTunnel : useHttp(name), gateway);
};

export const refusePlain = (socket: Socket, gateway: Gateway): void => refuse(socket, plainRequest, gateway);

const plainRequest = badRequest(
  'TLS is spoken here: call https:// in place of http://.',
  'The plain HTTP request was sent to an HTTPS port',
);

const useHttp = (name: string): Problem => ({
  ...noTunnel,
  title: 'Use http:// for this host',
  detail: `A tunnel would hide the request from this proxy, which has to add the token. Call http://${name}/…, with http:// and this proxy as \`http_proxy\`: it speaks https to the report API itself.`,
});

const noTunnel = methodNotAllowed(
  'This is no forward proxy',
  'CONNECT is not served. Call reports by their path.',
  ['GET', 'HEAD'],
);
