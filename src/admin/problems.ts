import type { FastifyReply } from 'fastify';
import { type Problem, sendProblem } from '../proxy/answer/problem.ts';

/** Answers with a problem, past what Fastify would add. */
export const answerProblem = (reply: FastifyReply, problem: Problem): FastifyReply => {
  reply.hijack();
  sendProblem(reply.raw, problem, `admin-${reply.request.id}`);
  return reply;
};

export const badRequest: Problem = {
  status: 400,
  name: 'bad-request',
  title: 'The request cannot be served as it is',
  detail: 'The target, its parameters or the body are not what this path takes: see docs/admin.md.',
  close: true,
};

/** For whoever names a client that there is not, or none where there are several. */
export const unknownClient = (names: readonly string[]): Problem => ({
  status: 400,
  name: 'bad-request',
  title: 'Which client is meant?',
  detail: `Name one in the query, as in ?client=${names[0] ?? ''}. There are: ${names.join(', ')}.`,
});
