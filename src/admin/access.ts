import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../config/rules/loopback.ts';
import { isReachable } from '../config/rules/rules.ts';
import type { Config } from '../config/settings/schema.ts';
import { type Problem, problemOf } from '../proxy/answer/problem.ts';
import { refusalOf } from '../proxy/gate/caller-policy.ts';
import { readRequestHead } from '../proxy/gate/request-head.ts';

/**
 * What a connection to the private listener may reach besides health and metrics: operations (status, events, actions
 * and the console), and reports. Nobody gets a report here whom the public listener would not give it to.
 */
export const accessOf = (isNear: boolean, { listen, admin }: Pick<Config, 'listen' | 'admin'>) => {
  const operations = isNear || admin.expose === 'all';
  const isAsGuarded = isNear || listen.callerTokens.length > 0 || isReachable(listen);
  // A socket's file permissions or client certificates choose who may ask for reports.
  const isGuardedByConnection = listen.socketPath !== undefined || listen.tls.clientCaFile !== undefined;
  return { operations, reports: operations && isAsGuarded && !isGuardedByConnection };
};

/** Whether a connection stays on this machine, whatever address is listened on: both its ends are on loopback. */
export const isNear = (
  socket: Partial<Record<'localAddress' | 'remoteAddress', string | undefined>>,
): boolean => isLoopback(socket.localAddress ?? '') && isLoopback(socket.remoteAddress ?? '');

export const notExposed = problemOf(
  'not-exposed',
  'Reports, status, actions and the console are for this machine: call the private listener on loopback (in Kubernetes by `kubectl port-forward`). `admin.expose: all` serves them to whoever reaches the listener.',
);

/** Kubelets and load balancers call these by any name, and they tell nothing. */
const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz']);

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * Judges a request to the private listener. Besides what holds for every caller ({@link refusalOf}: no foreign `Host`,
 * no request of another site), whatever changes something needs a header field that a page of another site cannot send
 * without being asked first (CORS), and we never say yes.
 */
export const adminRefusal = (
  request: Pick<IncomingMessage, 'url' | 'method' | 'rawHeaders' | 'headers'>,
  allowedHosts: ReadonlySet<string>,
): Problem | undefined => {
  if (PROBES.has(request.url ?? '')) return undefined;
  const refusal = refusalOf(readRequestHead(request.rawHeaders), allowedHosts);
  if (refusal !== undefined) return refusal;
  const declared = request.headers['x-requested-with'];
  return SAFE_METHODS.has(request.method ?? '') || (declared !== undefined && declared !== '')
    ? undefined
    : undeclared;
};

const undeclared = problemOf(
  'cross-site',
  'Requests that change something need the header field `X-Requested-With` with any value, such as `curl -H "X-Requested-With: curl" …`, so that no web page can send them unnoticed.',
  { title: 'The request does not say that it is meant' },
);
