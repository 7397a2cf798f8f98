import type { Answer } from '../http/answer.ts';
import {
  type DcrContext,
  type DcrRequest,
  dcrAnswer,
  dcrError,
  inUnit,
  mediaTypeOf,
  refuseRequest,
} from './dcr-request.ts';
import { verifyJwt } from './signing-key.ts';

interface Registration {
  readonly statement: string;
  readonly redirectUri: string | undefined;
}

function parseBody(body: string): Registration | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || !('software_statement' in value)) return undefined;
    const redirectUri = 'redirect_uri' in value ? value.redirect_uri : undefined;
    if (typeof value.software_statement !== 'string') return undefined;
    if (redirectUri !== undefined && typeof redirectUri !== 'string') return undefined;
    return { statement: value.software_statement, redirectUri };
  } catch {
    return undefined;
  }
}

/** Custom schemes (`adobepass://…`) are those of apps. */
const isRedirectUri = (text: string): boolean => URL.canParse(text) && /^[a-z][a-z\d+.-]*:\/\//i.test(text);

/** `POST /o/client/register` (docs/adobe.md §3, RFC 7591 §3). */
export async function register(request: DcrRequest, context: DcrContext): Promise<Answer> {
  const refused = refuseRequest(request, context);
  if (refused !== undefined) return refused;
  if (mediaTypeOf(request.headers) !== 'application/json') {
    return dcrError('invalid_request', 'Content-Type must be application/json.');
  }
  const registration = parseBody(request.body);
  if (registration === undefined) {
    return dcrError('invalid_request', 'The body must be a JSON object with a software_statement.');
  }
  const { statement, redirectUri } = registration;
  if (redirectUri !== undefined && !isRedirectUri(redirectUri)) {
    return dcrError('invalid_redirect_uri', 'redirect_uri must be a URL.');
  }
  const subject = await verifyJwt(context.key, statement, context.now).catch((error: Error) => error);
  if (subject instanceof Error) {
    return dcrError(
      'invalid_software_statement',
      `The software statement is not valid here: ${subject.message}.`,
    );
  }
  const application = context.applications.byId(subject);
  if (application.state === 'revoked') {
    return dcrError('invalid_software_statement', 'The software statement has been revoked.');
  }
  if (application.state === 'unapproved') {
    return dcrError('unapproved_software_statement', 'The application has not been approved.');
  }
  const { clientLifetime, timeUnit } = context.variants;
  const client = context.grants.register(
    application.id,
    context.now,
    clientLifetime === undefined ? undefined : clientLifetime * 1000,
  );
  return dcrAnswer(201, {
    client_id: client.id,
    client_secret: client.secret,
    grant_types: ['client_credentials'],
    ...(redirectUri === undefined ? {} : { redirect_uris: [redirectUri] }),
    scopes: application.scopes,
    client_id_issued_at: inUnit(client.issuedAt, timeUnit.register),
    ...(client.expiresAt === undefined
      ? {}
      : { client_secret_expires_at: Math.floor(client.expiresAt / 1000) }),
  });
}
