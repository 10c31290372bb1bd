/** The hub's own texts for payees, where a tenant has none: by language, channel and outcome. */
import type { NoticeChannel, NoticeOutcome } from './notice.ts';
import type { NoticeTemplate } from './notice-template.ts';

type Texts = Readonly<Record<NoticeChannel, Readonly<Record<NoticeOutcome, NoticeTemplate>>>>;

export const noticeDefaults: Readonly<Record<string, Texts>> = {
  en: {
    email: {
      completed: {
        subject: '{{sender}} has paid you {{amount}} {{currency}}',
        text: 'On {{date}} {{sender}} paid {{amount}} {{currency}} to your account {{account}}.\n\n{{note}}\n\nReference: {{reference}}\n',
      },
      failed: {
        subject: 'A payment of {{sender}} to you failed',
        text: '{{sender}} wanted to pay {{amount}} {{currency}} to your account {{account}} on {{date}}. It was not paid: {{reason}}.\n\nReference: {{reference}}\n',
      },
      returned: {
        subject: 'A payment of {{sender}} to you was sent back',
        text: '{{amount}} {{currency}} that {{sender}} paid to your account {{account}} were sent back. Ask {{sender}} about it.\n\nReference: {{reference}}\n',
      },
    },
    sms: {
      completed: { text: '{{sender}} paid {{amount}} {{currency}} to {{account}} on {{date}}. {{note}}' },
      failed: { text: '{{sender}} could not pay {{amount}} {{currency}} to {{account}}: {{reason}}.' },
      returned: { text: '{{amount}} {{currency}} of {{sender}} to {{account}} were sent back.' },
    },
  },
  fr: {
    email: {
      completed: {
        subject: '{{sender}} vous a versé {{amount}} {{currency}}',
        text: 'Le {{date}}, {{sender}} a versé {{amount}} {{currency}} sur votre compte {{account}}.\n\n{{note}}\n\nRéférence : {{reference}}\n',
      },
      failed: {
        subject: 'Un paiement de {{sender}} en votre faveur a échoué',
        text: '{{sender}} voulait verser {{amount}} {{currency}} sur votre compte {{account}} le {{date}}. Le paiement a échoué : {{reason}}.\n\nRéférence : {{reference}}\n',
      },
      returned: {
        subject: 'Un paiement de {{sender}} en votre faveur a été renvoyé',
        text: '{{amount}} {{currency}} versés par {{sender}} sur votre compte {{account}} ont été renvoyés. Adressez-vous à {{sender}}.\n\nRéférence : {{reference}}\n',
      },
    },
    sms: {
      completed: { text: '{{sender}} a versé {{amount}} {{currency}} sur {{account}} le {{date}}. {{note}}' },
      failed: { text: "{{sender}} n'a pas pu verser {{amount}} {{currency}} sur {{account}} : {{reason}}." },
      returned: { text: '{{amount}} {{currency}} de {{sender}} vers {{account}} ont été renvoyés.' },
    },
  },
  es: {
    email: {
      completed: {
        subject: '{{sender}} le ha pagado {{amount}} {{currency}}',
        text: 'El {{date}}, {{sender}} pagó {{amount}} {{currency}} a su cuenta {{account}}.\n\n{{note}}\n\nReferencia: {{reference}}\n',
      },
      failed: {
        subject: 'Un pago de {{sender}} a su favor falló',
        text: '{{sender}} quiso pagar {{amount}} {{currency}} a su cuenta {{account}} el {{date}}. No se pagó: {{reason}}.\n\nReferencia: {{reference}}\n',
      },
      returned: {
        subject: 'Un pago de {{sender}} a su favor fue devuelto',
        text: '{{amount}} {{currency}} que {{sender}} pagó a su cuenta {{account}} fueron devueltos. Consulte a {{sender}}.\n\nReferencia: {{reference}}\n',
      },
    },
    sms: {
      completed: { text: '{{sender}} pagó {{amount}} {{currency}} a {{account}} el {{date}}. {{note}}' },
      failed: { text: '{{sender}} no pudo pagar {{amount}} {{currency}} a {{account}}: {{reason}}.' },
      returned: { text: '{{amount}} {{currency}} de {{sender}} a {{account}} fueron devueltos.' },
    },
  },
};
