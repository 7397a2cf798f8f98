import { randomUUID } from 'node:crypto';
import { type Answer, jsonAnswer, textAnswer } from '../http/answer.ts';

/** Ways in which an API says that the *client* is no good any more. */
export const CLIENT_REFUSALS = ['invalid_client', 'application_registration'] as const;
export type ClientRefusal = (typeof CLIENT_REFUSALS)[number];

/** Ways in which an API refuses a caller (docs/adobe.md §7). */
export const REFUSALS = [
  'unauthorized',
  'invalid_token',
  'forbidden',
  'insufficient_scope',
  ...CLIENT_REFUSALS,
] as const;
export type Refusal = (typeof REFUSALS)[number];

const bearer = (parameters: string) => ({ 'www-authenticate': `Bearer ${parameters}` });

/** Adobe's enhanced error, for a client that has to register again. */
const enhanced = (): Answer =>
  jsonAnswer(401, {
    action: 'application-registration',
    status: 401,
    code: 'invalid_access_token_client_application',
    message: 'The access token is for a client application that is no longer valid.',
    helpUrl: 'https://experienceleague.adobe.com/docs/pass/authentication/',
    trace: randomUUID(),
  });

/** @param scope the one that the API wants. */
export function refusalAnswer(refusal: Refusal, scope: string): Answer {
  switch (refusal) {
    case 'unauthorized':
      return { status: 401, headers: {}, body: '' };
    case 'invalid_token':
      return textAnswer(
        401,
        'The access token is unknown, revoked or expired.',
        bearer('error="invalid_token"'),
      );
    case 'forbidden':
      return textAnswer(403, 'Forbidden.');
    case 'insufficient_scope':
      return textAnswer(
        403,
        `The application lacks the scope ${scope}.`,
        bearer(`error="insufficient_scope", scope="${scope}"`),
      );
    case 'invalid_client':
      return jsonAnswer(401, { error: 'invalid_client' });
    case 'application_registration':
      return enhanced();
  }
}

/** A call of an API is refused before anything of it is looked at. */
export class Refused extends Error {
  readonly code = 'refused';
  readonly answer: Answer;

  constructor(refusal: Refusal, scope: string) {
    super(refusal);
    this.answer = refusalAnswer(refusal, scope);
  }
}
