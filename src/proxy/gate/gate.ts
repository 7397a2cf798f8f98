import { methodNotAllowed, type Problem } from '../answer/problem.ts';
import { absoluteTarget, type ForwardNames } from './absolute-form.ts';
import { type CallerPolicy, isOwnName, refusalOf } from './caller-policy.ts';
import { type Caller, type CallerToken, callerOf } from './caller-tokens.ts';
import { isLoop, loopDetected } from './loop.ts';
import { withoutCredentials } from './query-credentials.ts';
import type { RequestHead } from './request-head.ts';
import type { AnyRoute, ApiRoute, Route } from './route.ts';
import type { RouteTable } from './route-table.ts';
import { judgeTarget, refusedTarget, type TargetVerdict } from './target.ts';

/** A request, whoever has read it. */
export interface Asked {
  readonly method: string;
  /** The request target as it came. */
  readonly target: string;
  readonly head: RequestHead;
  /** The header as it came: names and values in turn. */
  readonly fields: readonly string[];
  /** Address of the connection's other end; none on a socket of the file system. */
  readonly peer: string | undefined;
}

/** Who is let in, and to which routes. */
export interface Admittance {
  readonly routes: RouteTable<AnyRoute>;
  readonly callers: CallerPolicy;
  /** If there are any, each request for a route needs one of them. */
  readonly callerTokens: readonly CallerToken[];
  /** Report APIs that may be called by their own names, as through an `http_proxy`. */
  readonly forwards: ForwardNames | undefined;
  /** Ours. */
  readonly loopMark: string;
}

/** A request that may go on. */
interface PassageTo<Kind, R extends AnyRoute> {
  readonly kind: Kind;
  readonly route: R;
  /** The path below the prefix: empty, or starting with `/`. The caller's bytes. */
  readonly below: string;
  /** The query with its `?`, or empty. The caller's bytes, without credentials. */
  readonly query: string;
  /** Whose token it came with, where callers need one. */
  readonly caller: Caller | undefined;
}

export type Passage = PassageTo<'report', Route>;
export type ApiPassage = PassageTo<'api', ApiRoute>;

export type Verdict =
  | Passage
  | ApiPassage
  /** Nothing that is ours. */
  | { readonly kind: 'elsewhere' }
  | {
      readonly kind: 'refused';
      readonly problem: Problem;
      /** Where it was to go; `undefined` if the target itself is refused. */
      readonly passage: Passage | ApiPassage | undefined;
    };

/** Judges a request before anything else is done with it: target, `Host`, origin, loop, caller, method. Pure. */
export const gate = (asked: Asked, admittance: Admittance): Verdict => {
  const { method, target } = asked;
  const isPath = target.startsWith('/');
  const found = isPath
    ? judgeTarget(target, admittance.routes, asked.head.host)
    : judgeAbsolute(target, admittance);
  // What a target names, counts in the place of `Host` (RFC 9112 §3.2.2).
  const head = isPath ? asked.head : { ...asked.head, host: undefined };
  if (found.kind === 'elsewhere') return found;
  if (found.kind === 'refused') return { ...found, passage: undefined };
  const { route, below } = found;
  const foreign = refusalOf(head, admittance.callers);
  const wrong = foreign ?? (isLoop(head.cdnLoop, admittance.loopMark) ? loopDetected : undefined);
  const { caller, refusal } = wrong === undefined ? whoCalls(head, admittance) : { refusal: wrong };
  const rest = { below, query: withoutCredentials(found.query), caller };
  const passage: Passage | ApiPassage =
    route.kind === 'api' ? { kind: 'api', route, ...rest } : { kind: 'report', route, ...rest };
  const problem = refusal ?? methodProblem(method, route);
  return problem === undefined ? passage : { kind: 'refused', problem, passage };
};

/**
 * Our own names mean us; a report API's own name means the route to it, if that is wanted. Nobody gets anywhere else.
 */
const judgeAbsolute = (raw: string, { routes, forwards, callers }: Admittance): TargetVerdict<AnyRoute> => {
  const absolute = absoluteTarget(raw);
  if (absolute === undefined) return judgeTarget(raw, routes);
  const { name, rest } = absolute;
  const places = forwards?.placesAt(absolute);
  const found = places && judgeTarget(rest, places);
  if (found?.kind === 'report') return { ...found, route: found.route.route };
  if (isOwnName(name, callers)) return judgeTarget(rest, routes, name);
  return found ?? NO_OPEN_PROXY;
};

const NO_OPEN_PROXY = refusedTarget(
  'This is no open proxy. Targets that name a host are served for names of this proxy and, where `listen.forwardProxy` allows it, for the host of `upstream.url`, both with http:// and without user information.',
);

const ANYBODY = { caller: undefined, refusal: undefined } as const;

const whoCalls = (head: RequestHead, { callerTokens }: Admittance) =>
  callerTokens.length === 0 ? ANYBODY : callerOf(head, callerTokens);

const methodProblem = (method: string, route: AnyRoute): Problem | undefined => {
  if (route.kind === 'api') return route.methods.includes(method) ? undefined : notForwarded(route);
  return method === 'GET' || method === 'HEAD' ? undefined : readOnly;
};

const readOnly = methodNotAllowed(
  'Reports can only be read',
  'The report API knows GET only; HEAD is answered from the same report.',
  ['GET', 'HEAD'],
);

const notForwarded = ({ methods }: ApiRoute): Problem =>
  methodNotAllowed(
    'The method is not forwarded',
    'The route does not list this method in its `methods`.',
    methods,
  );
