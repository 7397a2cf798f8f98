import { type ComponentChildren, h } from 'preact';
import { useState } from 'preact/hooks';
import type { ClientStatus, LiveEvent } from '../admin/wire.ts';
import { ApiError, act } from './api.ts';
import { ConfirmDialog } from './confirm-dialog.ts';
import { fieldText } from './field-text.ts';
import { bytes, relative, whole } from './format.ts';
import { Card } from './status-page.ts';

interface Outcome {
  readonly kind: 'good' | 'bad';
  readonly text: string;
}

/** What an operator may do: each behind a question, each told how it went. */
export const ActionsPage = ({ latest }: { latest: LiveEvent }) => {
  const { status, cache } = latest;
  const [prefix, setPrefix] = useState('');
  const now = Date.parse(status.now);
  return h(
    'div',
    { class: 'page' },
    h('h1', {}, 'Actions'),
    h(
      'div',
      { class: 'columns' },
      h(
        Card,
        { title: 'Refresh the token' },
        h(
          'p',
          {},
          'Gets a new access token from Adobe now. The present one serves until the new one is there.',
        ),
        status.clients.map((client) =>
          h(RefreshToken, { key: client.name, client, named: status.clients.length > 1, now }),
        ),
      ),
      h(
        Card,
        { title: 'Purge the cache' },
        h('p', {}, 'Forgets stored reports; whoever asks next gets them from Adobe.'),
        h('p', { class: 'muted' }, `${whole(cache.entries)} reports, ${bytes(cache.bytes)}.`),
        h(
          'label',
          { class: 'field' },
          'Only those whose path starts with',
          h('input', {
            type: 'text',
            value: prefix,
            placeholder: `${status.reports.prefix}/year/month`,
            spellcheck: false,
            onInput: (event: Event) => setPrefix(fieldText(event)),
          }),
        ),
        h(Action, {
          name: 'Purge cache…',
          title: prefix === '' ? 'Forget every stored report?' : 'Forget these reports?',
          action: 'Purge cache',
          question:
            prefix === ''
              ? `All ${whole(cache.entries)} reports are fetched from Adobe again when they are next asked for, each once.`
              : ['Reports whose path starts with ', h('code', {}, prefix), ' are forgotten.'],
          run: async () => {
            const query = prefix === '' ? '' : `?path=${encodeURIComponent(prefix)}`;
            const answer = await act('DELETE', `/api/cache${query}`);
            return `${whole(Number(Object(answer).purged))} reports forgotten.`;
          },
        }),
      ),
    ),
  );
};

const RefreshToken = (props: { client: ClientStatus; named: boolean; now: number }) => {
  const {
    client: {
      name,
      token: { token },
    },
    named,
    now,
  } = props;
  const whose = named ? ` of ${name}` : '';
  return h(
    'div',
    { class: 'client' },
    h(
      'p',
      { class: 'muted' },
      token === null
        ? `There is no token${named ? ` for ${name}` : ''}.`
        : `The present one${whose} expires ${relative(Date.parse(token.expiresAt), now)}.`,
    ),
    h(Action, {
      name: `Refresh token${whose}…`,
      title: `Refresh the token${whose} now?`,
      action: 'Refresh token',
      question: 'One call is made to Adobe, which allows one a second for this address.',
      run: async () => {
        await act('POST', `/api/token/refresh?client=${encodeURIComponent(name)}`);
        return 'A new token is in service.';
      },
    }),
  );
};

const Action = (props: {
  name: string;
  title: string;
  action: string;
  question: ComponentChildren;
  /** @returns how it went, in a sentence */
  run: () => Promise<string>;
}) => {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | undefined>(undefined);
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      setOutcome({ kind: 'good', text: await props.run() });
    } catch (error) {
      const text =
        error instanceof ApiError ? `${error.title}. ${error.message}` : 'The proxy did not answer.';
      setOutcome({ kind: 'bad', text });
    } finally {
      setBusy(false);
    }
  };
  return h(
    'div',
    { class: 'action' },
    h(
      'button',
      { type: 'button', class: 'primary', disabled: busy, onClick: () => setAsking(true) },
      props.name,
    ),
    h('p', { class: `outcome ${outcome?.kind ?? ''}`, role: 'status' }, busy ? 'Working…' : outcome?.text),
    asking &&
      h(
        ConfirmDialog,
        {
          title: props.title,
          action: props.action,
          onConfirm: () => void run(),
          onClose: () => setAsking(false),
        },
        h('p', {}, props.question),
      ),
  );
};
