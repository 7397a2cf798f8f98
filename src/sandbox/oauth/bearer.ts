import type { IncomingHttpHeaders } from 'node:http';
import type { Application, Applications } from './applications.ts';
import type { Grants } from './grants.ts';
import { Refused } from './refusals.ts';
import { scopeOf } from './scopes.ts';

/** The token of a request: the header, else the `access_token` parameter (docs/adobe.md §6). */
export function bearerOf(headers: IncomingHttpHeaders, query: string): string | undefined {
  const match = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(headers.authorization ?? '');
  if (match !== null || headers.authorization !== undefined) return match?.[1];
  return new URLSearchParams(query).get('access_token') ?? undefined;
}

/** What a token is judged by. */
export interface Judges {
  readonly grants: Grants;
  readonly applications: Applications;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Milliseconds until a new token is known to the APIs. */
  readonly tokenLag: number;
}

/**
 * The application that a request's token speaks for.
 * @throws {Refused} without a valid token, or where its application may not go.
 */
export function authorize(
  target: string,
  headers: IncomingHttpHeaders,
  { grants, applications, now, tokenLag }: Judges,
): Application {
  const [path = '', ...query] = target.split('?');
  const scope = scopeOf(path);
  const token = bearerOf(headers, query.join('?'));
  const grant = token === undefined ? undefined : grants.find(token, now);
  if (grant === undefined || now < grant.issuedAt + tokenLag) throw new Refused('invalid_token', scope);
  const disowned = grants.disowned(grant.clientId);
  if (disowned !== undefined) throw new Refused(disowned, scope);
  const application = applications.byId(grant.applicationId);
  if (!application.scopes.includes(scope)) throw new Refused('insufficient_scope', scope);
  if (application.tenants !== 'all' && application.tenants.length === 0)
    throw new Refused('forbidden', scope);
  return application;
}
