import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, jsonAnswer } from '../http/answer.ts';
import type { AnswerVariants, TimeUnit } from '../options.ts';
import type { Applications } from './applications.ts';
import { deviceInfoMistake } from './device-info.ts';
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

/** Checks what both endpoints demand; the answer to give when it is missing or wrong. */
export function refuseRequest({ method, headers }: DcrRequest, { variants }: DcrContext): Answer | undefined {
  if (method !== 'POST') {
    return jsonAnswer(405, { error: 'invalid_request', error_description: 'Use POST.' }, { allow: 'POST' });
  }
  const { deviceInfo } = variants;
  if (deviceInfo === 'ignored') return undefined;
  const info = headers['x-device-info']?.toString();
  if (info === undefined && deviceInfo === 'optional') return undefined;
  const mistake = info === undefined ? 'is missing' : deviceInfoMistake(info);
  return mistake === undefined ? undefined : dcrError('invalid_request', `X-Device-Info ${mistake}.`);
}
