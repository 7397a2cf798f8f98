import Type, { type Static } from 'typebox';
import { Check } from 'typebox/value';
import { parsedJson } from '../../base/json.ts';
import { Secret } from '../../base/secret.ts';
import type { EpochMs } from '../../base/units.ts';
import { MOST_REGISTRATIONS } from '../token/registration-policy.ts';
import type { StateBinding, StoredState } from './credential-store.ts';

const Moment = Type.Unsafe<EpochMs>(Type.Number({ minimum: 0, maximum: 8.64e15 }));

/** State as JSON. Names as on the wire; times in milliseconds since 1970. */
const StoredForm = Type.Object({
  version: Type.Literal(1),
  statement_sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  dcr_url: Type.String({ minLength: 1, maxLength: 2048 }),
  client: Type.Object({
    client_id: Type.String({ pattern: '^[\\x20-\\x7e]{1,1024}$' }),
    client_secret: Type.String({ pattern: '^[\\x20-\\x7e]{1,1024}$' }),
    issued_at: Moment,
    expires_at: Type.Optional(Moment),
    scopes: Type.Optional(Type.Array(Type.String({ pattern: '^[\\x21-\\x7e]{1,200}$' }))),
    basic: Type.Optional(Type.Literal(true)),
  }),
  registrations: Type.Optional(
    Type.Array(Type.Object({ at: Moment, cause: Type.Enum(['none', 'rejected', 'api', 'hand']) }), {
      maxItems: MOST_REGISTRATIONS,
    }),
  ),
  token: Type.Optional(
    Type.Object({
      // The file is ours, but what goes into a header is checked wherever it comes from.
      authorization: Type.String({ pattern: '^Bearer [A-Za-z0-9\\-._~+/]+=*$', maxLength: 16_384 }),
      received_at: Moment,
      expires_at: Moment,
    }),
  ),
});

export function writeStoredForm(
  binding: StateBinding,
  { credentials, token, registrations = [] }: StoredState,
): string {
  const form: Static<typeof StoredForm> = {
    version: 1,
    statement_sha256: binding.statementFingerprint,
    dcr_url: binding.dcrUrl,
    client: {
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret.reveal(),
      issued_at: credentials.issuedAt,
      ...(credentials.expiresAt !== undefined && { expires_at: credentials.expiresAt }),
      ...(credentials.scopes !== undefined && { scopes: [...credentials.scopes] }),
      ...(credentials.basic && { basic: true }),
    },
    ...(registrations.length > 0 && { registrations: [...registrations] }),
    ...(token !== undefined && {
      token: {
        authorization: token.authorization.reveal(),
        received_at: token.receivedAt,
        expires_at: token.expiresAt,
      },
    }),
  };
  return JSON.stringify(form);
}

/** The state that a text holds, and what it is bound to; `undefined` when the text is not the stored form. */
export function readStoredForm(text: string): { binding: StateBinding; state: StoredState } | undefined {
  const form = parsedJson(text);
  if (!Check(StoredForm, form)) return undefined;
  const { client, token, registrations } = form;
  return {
    binding: { statementFingerprint: form.statement_sha256, dcrUrl: form.dcr_url },
    state: {
      credentials: {
        clientId: client.client_id,
        clientSecret: new Secret(client.client_secret),
        issuedAt: client.issued_at,
        ...(client.expires_at !== undefined && { expiresAt: client.expires_at }),
        ...(client.scopes !== undefined && { scopes: client.scopes }),
        ...(client.basic && { basic: true }),
      },
      ...(registrations !== undefined && { registrations }),
      ...(token !== undefined && {
        token: {
          authorization: new Secret(token.authorization),
          receivedAt: token.received_at,
          expiresAt: token.expires_at,
        },
      }),
    },
  };
}
