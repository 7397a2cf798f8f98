import type { FastifyReply } from 'fastify';
import type { Log } from '../log/log.ts';
import { type Problem, sendProblem } from '../proxy/answer/problem.ts';

declare module 'fastify' {
  interface FastifyInstance {
    ownLog: Pick<Log, 'info'>;
  }
}

/** Answers with a problem, past what Fastify would add, and tells the log of it. */
export const answerProblem = (reply: FastifyReply, problem: Problem): FastifyReply => {
  const { request, server } = reply;
  const id = `admin-${request.id}`;
  reply.hijack();
  sendProblem(reply.raw, problem, id);
  server.ownLog.info('admin.refused', {
    id,
    method: request.method,
    path: request.url.split('?', 1)[0],
    status: problem.status,
    problem: problem.name,
    client: request.socket.remoteAddress,
  });
  return reply;
};
