import { byId, onSubmit } from "./dom.js";

/** @param {HTMLFormElement} form */
function clearPasswords(form) {
  for (const field of form.querySelectorAll('input[type="password"], textarea')) {
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.value = "";
  }
}

/**
 * The ways to come in: signing in, signing up, a token.
 *
 * @param {import("./account.js").Account} account
 */
export function bindEntry(account) {
  const entries = ["sign-in", "sign-up", "use-token"].map((id) => byId(id, HTMLFormElement));
  for (const choice of document.querySelectorAll('input[name="entry"]')) {
    choice.addEventListener("change", () => {
      if (!(choice instanceof HTMLInputElement) || !choice.checked) return;
      for (const form of entries) form.hidden = form.id !== choice.value;
    });
  }

  onSubmit(byId("sign-in", HTMLFormElement), async ({ handle = "", password = "" }) => {
    await account.signIn(handle.trim(), password);
    clearPasswords(byId("sign-in", HTMLFormElement));
  });
  onSubmit(
    byId("sign-up", HTMLFormElement),
    async ({ username = "", email = "", password = "", role = "" }) => {
      await account.signUp({ username: username.trim(), email: email.trim(), password, role });
      clearPasswords(byId("sign-up", HTMLFormElement));
    },
  );
  onSubmit(byId("use-token", HTMLFormElement), async ({ access = "", refresh = "" }) => {
    await account.useTokens(access.trim().replace(/^Bearer\s+/i, ""), refresh.trim());
    byId("use-token", HTMLFormElement).reset();
  });
}
