import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, jsonAnswer } from '../answer.ts';
import type { AnswerVariants, TimeUnit } from '../options.ts';
import type { Applications } from './applications.ts';
import type { Grants } from './grants.ts';
import type { SigningKey } from './signing-key.ts';

/** A DCR request, read whole. */
export interface DcrRequest {
  readonly method: string;
  /** Of the target, without its question mark. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the two DCR endpoints work on. */
export interface DcrContext {
  readonly now: number;
  readonly variants: AnswerVariants;
  readonly key: SigningKey;
  readonly applications: Applications;
  readonly grants: Grants;
}

export type DcrErrorCode =
  | 'invalid_request'
  | 'invalid_redirect_uri'
  | 'invalid_software_statement'
  | 'unapproved_software_statement'
  | 'invalid_client'
  | 'unauthorized_client'
  | 'unsupported_grant_type';

const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' };

export const dcrAnswer = (status: number, value: unknown): Answer => jsonAnswer(status, value, NO_STORE);

/** An OAuth error: 400 and its code. The description is RFC 6749 §5.2's; Adobe sends the code alone. */
export const dcrError = (error: DcrErrorCode, description: string): Answer =>
  dcrAnswer(400, { error, error_description: description });

export const inUnit = (at: number, unit: TimeUnit): number =>
  unit === 'seconds' ? Math.floor(at / 1000) : at;

/** The media type of a request's body, without parameters. */
export const mediaTypeOf = (headers: IncomingHttpHeaders): string =>
  (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

function isDeviceInfo(encoded: string): boolean {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Checks what both endpoints demand; the answer to give when it is missing. */
export function refuseRequest({ method, headers }: DcrRequest, { variants }: DcrContext): Answer | undefined {
  if (method !== 'POST') {
    return jsonAnswer(405, { error: 'invalid_request', error_description: 'Use POST.' }, { allow: 'POST' });
  }
  if (variants.clientHeaders === 'ignored') return undefined;
  if ((headers['user-agent'] ?? '') === '')
    return dcrError('invalid_request', 'The User-Agent header is missing.');
  const info = headers['x-device-info'];
  if (typeof info !== 'string' || !isDeviceInfo(info)) {
    return dcrError(
      'invalid_request',
      'X-Device-Info must be the Base64 of a JSON object that describes the device.',
    );
  }
  return undefined;
}
