import type { Answer } from './answer.ts';
import type { DcrContext } from './oauth/dcr-request.ts';
import { register } from './oauth/register.ts';
import { throttledAnswer } from './oauth/throttled.ts';
import { token } from './oauth/token.ts';
import type { SandboxRequest } from './server.ts';
import { callerOf, type Throttle } from './throttle.ts';

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
