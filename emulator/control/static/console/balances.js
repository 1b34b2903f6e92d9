// The money of the accounts whose messages cost something: looking at it, topping it up, setting it.

import { ask } from "./api.js";
import { facts, h } from "./dom.js";
import { makeForm, openDialog } from "./forms.js";
import { pathOf, place } from "./router.js";

export async function showBalances(changed) {
  const { sandbox } = place();
  const { balances } = await ask("GET", "/balances");
  if (sandbox !== place().sandbox) return; // its forms would be about where the page has gone
  openDialog(
    `Money in ${sandbox}`,
    h(
      "p",
      { class: "muted" },
      "A campaign that paused because the money ran out goes on when it is renewed: by its client, or among the jobs.",
    ),
    ...balances.map((balance) => accountOf(balance, changed)),
  );
}

function accountOf(balance, changed) {
  const { provider } = balance;
  const shown = h("div");
  const update = (now) =>
    shown.replaceChildren(
      facts({
        Balance: money(now.balance, now.currency),
        Credit: money(now.credit, now.currency),
        "Put aside for messages under way": money(now.reserved, now.currency),
        "Left for others": money(now.available, now.currency),
      }),
    );
  update(balance);

  async function change(json) {
    const now = await ask("POST", `/balances/${pathOf(provider)}`, { json });
    update(now);
    await changed();
    return `The balance is ${money(now.balance, now.currency)}.`;
  }

  const topUp = makeForm({
    fields: [{ name: "add", label: "Amount", placeholder: "100", required: true }],
    action: "Top up",
    send: change,
  });
  const set = makeForm({
    fields: [{ name: "set", label: "New balance", placeholder: "0", required: true }],
    action: "Set",
    weight: "plain",
    send: change,
  });
  return h("section", { class: "part" }, h("h3", {}, provider), shown, topUp, set);
}

/** An amount without the zeros at its end: it has up to seven decimals. */
const money = (amount, currency) => `${amount.toFixed(7).replace(/\.?0+$/, "")} ${currency}`;
