import type { IncomingHttpHeaders } from 'node:http';
import { ReportError } from '../reports/report-error.ts';
import { type Application, type Applications, REPORT_SCOPE } from './applications.ts';
import type { Grants } from './grants.ts';

/** The token of a report request: the header, else the `access_token` parameter (docs/adobe.md §6). */
export function bearerOf(headers: IncomingHttpHeaders, query: string): string | undefined {
  const match = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(headers.authorization ?? '');
  if (match !== null || headers.authorization !== undefined) return match?.[1];
  return new URLSearchParams(query).get('access_token') ?? undefined;
}

/**
 * The application that a token speaks for.
 * @throws {ReportError} 401 without a valid token, 403 when its application may see no reports.
 */
export function authorize(
  token: string | undefined,
  {
    grants,
    applications,
    now,
  }: { readonly grants: Grants; readonly applications: Applications; readonly now: number },
): Application {
  if (token === undefined) throw new ReportError(401, 'An access token is needed.');
  const grant = grants.find(token, now);
  if (grant === undefined) throw new ReportError(401, 'The access token is unknown, revoked or expired.');
  const application = applications.byId(grant.applicationId);
  if (!application.scopes.includes(REPORT_SCOPE)) {
    throw new ReportError(403, `The application lacks the scope ${REPORT_SCOPE}.`);
  }
  if (application.tenants !== 'all' && application.tenants.length === 0) {
    throw new ReportError(403, 'The application may see no tenant.');
  }
  return application;
}
