import { randomUUID } from 'node:crypto';
import type { Answer } from '../http/answer.ts';
import type { Application } from './applications.ts';
import {
  type DcrContext,
  type DcrRequest,
  dcrAnswer,
  dcrError,
  inUnit,
  mediaTypeOf,
  refuseRequest,
} from './dcr-request.ts';
import { type Grant, opaqueToken } from './grants.ts';
import { ISSUER, signJwt } from './signing-key.ts';

/** The parameters of a token request, from the form body or, in the older way, from the query (docs/adobe.md §4). */
function parameters({ headers, body, query }: DcrRequest, { variants }: DcrContext): URLSearchParams {
  const form =
    mediaTypeOf(headers) === 'application/x-www-form-urlencoded' ? new URLSearchParams(body) : undefined;
  if (variants.tokenRequestForm === 'body') return form ?? new URLSearchParams();
  if (variants.tokenRequestForm === 'query') return new URLSearchParams(query);
  return form?.has('grant_type') ? form : new URLSearchParams(query);
}

/** Makes a token for an application and remembers it as valid. */
export async function issueToken(
  clientId: string,
  application: Application,
  context: DcrContext,
): Promise<Grant> {
  const { now, variants, key, grants } = context;
  const issuedAt = Math.floor(now / 1000);
  const expiresAt = issuedAt + variants.tokenLifetime;
  const token =
    variants.tokenFormat === 'opaque'
      ? opaqueToken()
      : await signJwt(key, {
          sub: clientId,
          nbf: issuedAt,
          iss: ISSUER,
          scopes: application.scopes.join(','),
          exp: expiresAt,
          iat: issuedAt,
          jti: randomUUID(),
        });
  const grant = {
    token,
    clientId,
    applicationId: application.id,
    issuedAt: now,
    expiresAt: expiresAt * 1000,
  };
  grants.issue(grant, now);
  return grant;
}

/** `POST /o/client/token` (docs/adobe.md §4, RFC 6749 §4.4). */
export async function token(request: DcrRequest, context: DcrContext): Promise<Answer> {
  const refused = refuseRequest(request, context);
  if (refused !== undefined) return refused;
  const given = parameters(request, context);
  const [grantType, id, secret] = ['grant_type', 'client_id', 'client_secret'].map(
    (name) => given.get(name) ?? '',
  );
  if (new Set(given.keys()).size < given.size) {
    return dcrError('invalid_request', 'A parameter is repeated.');
  }
  if (grantType === '') return dcrError('invalid_request', 'grant_type is missing.');
  if (grantType !== 'client_credentials')
    return dcrError('unsupported_grant_type', 'Only client_credentials is supported.');
  if (!id || !secret) return dcrError('invalid_request', 'client_id and client_secret are needed.');
  const client = context.grants.authenticate(id, secret, context.now);
  if (client === undefined)
    return dcrError('invalid_client', 'These credentials are unknown or have expired: register again.');
  const application = context.applications.byId(client.applicationId);
  if (application.state !== 'approved') {
    return dcrError('unauthorized_client', `The application is ${application.state}.`);
  }
  const grant = await issueToken(client.id, application, context);
  return dcrAnswer(context.variants.tokenStatus, {
    id: randomUUID(),
    access_token: grant.token,
    created_at: inUnit(context.now, context.variants.timeUnit.token),
    expires_in: context.variants.tokenLifetime,
    token_type: 'bearer',
  });
}
