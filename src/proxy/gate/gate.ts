import type { BlockList } from 'node:net';
import { methodNotAllowed, type Problem, problemOf } from '../answer/problem.ts';
import { absoluteTarget, ForwardNames } from './absolute-form.ts';
import { isOwnName, refusalOf } from './caller-policy.ts';
import { type Caller, type CallerToken, callerOf } from './caller-tokens.ts';
import { isLoop, loopDetected } from './loop.ts';
import { withoutCredentials } from './query-credentials.ts';
import type { RequestHead } from './request-head.ts';
import type { AnyRoute, ApiRoute, Route } from './route.ts';
import { RouteTable } from './route-table.ts';
import { judgeTarget, refusedTarget, type Target, type TargetVerdict } from './target.ts';

/** A request, whoever has read it. */
export interface Asked {
  readonly method: string;
  readonly target: string;
  readonly head: RequestHead;
  /** The header as it came: names and values in turn. */
  readonly fields: readonly string[];
  /** Address of the connection's other end; none on a socket of the file system. */
  readonly peer: string | undefined;
}

/** What is served, and to whom. */
export interface Service {
  readonly routes: readonly AnyRoute[];
  readonly allowedHosts: ReadonlySet<string>;
  /** If there are any, each request for a route needs one of them. */
  readonly callerTokens: readonly CallerToken[];
  /** Whether callers may call report APIs by their own names, as through an `http_proxy`. */
  readonly forwardsByName?: boolean;
  /** Servers in front whose word on where a request comes from is believed. */
  readonly trustProxy?: BlockList | undefined;
}

/** The same, as requests are judged by it. */
export interface Admittance extends Service {
  readonly table: RouteTable<AnyRoute>;
  readonly prefixes: readonly string[];
  readonly notFound: Problem;
  readonly forwards: ForwardNames | undefined;
  readonly loopMark: string;
}

export const admittanceOf = (service: Service, loopMark: string): Admittance => {
  const prefixes = [...new Set(service.routes.map(({ prefix }) => prefix))];
  return {
    ...service,
    table: new RouteTable(service.routes),
    prefixes,
    notFound: problemOf('not-found', `Reports are served below ${prefixes.join(', ')}.`),
    forwards: service.forwardsByName === true ? new ForwardNames(service.routes) : undefined,
    loopMark,
  };
};

/** A request that may go on; its query without credentials. */
interface PassageTo<Kind, R extends AnyRoute> extends Target<R> {
  readonly kind: Kind;
  readonly caller: Caller | undefined;
}

export type Passage = PassageTo<'report', Route>;
export type ApiPassage = PassageTo<'api', ApiRoute>;

export type Verdict =
  | Passage
  | ApiPassage
  | {
      /** `elsewhere`: nothing that is ours. */
      readonly kind: 'elsewhere' | 'refused';
      readonly problem: Problem;
      /** Where it was to go; `undefined` if the target itself is refused. */
      readonly passage: Passage | ApiPassage | undefined;
    };

/** Judges a request before anything else is done with it: target, `Host`, origin, loop, caller, method. Pure. */
export const gate = (asked: Asked, admittance: Admittance): Verdict => {
  const { method, target } = asked;
  const isPath = target.startsWith('/');
  const found = isPath
    ? judgeTarget(target, admittance.table, asked.head.host)
    : judgeAbsolute(target, admittance);
  // What a target names, counts in the place of `Host` (RFC 9112 §3.2.2).
  const head = isPath ? asked.head : { ...asked.head, host: undefined };
  if (found.kind === 'elsewhere') return { ...found, problem: admittance.notFound, passage: undefined };
  if (found.kind === 'refused') return { ...found, passage: undefined };
  const { route, below } = found;
  const foreign = refusalOf(head, admittance.allowedHosts);
  const wrong = foreign ?? (isLoop(head.cdnLoop, admittance.loopMark) ? loopDetected : undefined);
  const { caller, refusal } = wrong === undefined ? whoCalls(head, admittance) : { refusal: wrong };
  const rest = { below, query: withoutCredentials(found.query), caller };
  const passage: Passage | ApiPassage =
    route.kind === 'api' ? { kind: 'api', route, ...rest } : { kind: 'report', route, ...rest };
  const problem = refusal ?? methodProblem(method, route);
  return problem === undefined ? passage : { kind: 'refused', problem, passage };
};

/** Our own names mean us; a report API's own name means the route to it, if that is wanted. */
const judgeAbsolute = (
  raw: string,
  { table, forwards, allowedHosts }: Admittance,
): TargetVerdict<AnyRoute> => {
  const absolute = absoluteTarget(raw);
  if (absolute === undefined) return judgeTarget(raw, table);
  const { name, rest } = absolute;
  const places = forwards?.placesAt(absolute);
  const found = places && judgeTarget(rest, places);
  if (found?.kind === 'report') return { ...found, route: found.route.route };
  if (isOwnName(name, allowedHosts)) return judgeTarget(rest, table, name);
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
