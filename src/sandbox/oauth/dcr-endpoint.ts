import type { Answer } from '../http/answer.ts';
import type { SandboxRequest } from '../http/server.ts';
import type { DcrContext } from './dcr-request.ts';
import { register } from './register.ts';
import { callerOf, type Throttle } from './throttle.ts';
import { throttledAnswer } from './throttled.ts';
import { token } from './token.ts';

/** `/o/client/*`: the throttle stands before both endpoints, and before anything is looked at. */
export function dcrEndpoint(
  throttle: Throttle,
  context: () => DcrContext,
): (request: SandboxRequest) => Promise<Answer> {
  return async (request) => {
    const current = context();
    const forwardedFor = request.headers['x-forwarded-for']?.toString();
    if (!throttle.admit(callerOf(forwardedFor, request.address), current.now)) return throttledAnswer();
    const query = request.target.split('?').slice(1).join('?');
    return (request.kind === 'register' ? register : token)({ ...request, query }, current);
  };
}
