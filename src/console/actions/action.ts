import { type ComponentChildren, h } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError } from '../base/api.ts';
import { ConfirmDialog } from '../base/confirm-dialog.ts';

interface Outcome {
  readonly kind: 'good' | 'bad';
  readonly text: string;
}

export interface ActionProps {
  /** It cannot be taken back. */
  readonly isDangerous?: boolean;
  readonly name: string;
  readonly title: string;
  readonly action: string;
  readonly question: ComponentChildren;
  /** @returns how it went, in a sentence */
  readonly run: () => Promise<string>;
}

/** A button that asks before it does something, and tells how that went. */
export const Action = (props: ActionProps) => {
  const look = props.isDangerous === true ? 'danger' : 'primary';
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | undefined>(undefined);
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      setOutcome({ kind: 'good', text: await props.run() });
    } catch (error) {
      const text =
        error instanceof ApiError
          ? `${error.title}${/[.?!]$/.test(error.title) ? '' : '.'} ${error.message}`
          : 'The proxy did not answer.';
      setOutcome({ kind: 'bad', text });
    } finally {
      setBusy(false);
    }
  };
  return h(
    'div',
    { class: 'action' },
    h('button', { type: 'button', class: look, disabled: busy, onClick: () => setAsking(true) }, props.name),
    h('p', { class: `outcome ${outcome?.kind ?? ''}`, role: 'status' }, busy ? 'Working…' : outcome?.text),
    asking &&
      h(
        ConfirmDialog,
        {
          title: props.title,
          action: props.action,
          look,
          onConfirm: () => void run(),
          onClose: () => setAsking(false),
        },
        h('p', {}, props.question),
      ),
  );
};
