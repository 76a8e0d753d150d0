/** Closing a case suggests when to write again; a follow-up offers words to begin with. Both are for the counsellor to change. */

/** @type {Record<string, string>} */
const SUGGESTED = { true_alarm: "24", missed: "24", could_not_reach: "24", false_alarm: "0", misuse: "0" };

document.addEventListener("change", (event) => {
  const radio = event.target;
  if (!(radio instanceof HTMLInputElement) || !radio.form) return;
  const plan = radio.form.querySelector("#plan");
  if (!(plan instanceof HTMLElement)) return;
  if (radio.name === "follow") plan.dataset.decided = "yes";
  if (radio.name !== "outcome" || plan.dataset.decided) return;
  const choice = plan.querySelector(`[value="${SUGGESTED[radio.value] ?? ""}"]`);
  if (choice instanceof HTMLInputElement) choice.checked = true;
});

export function offerBeginnings() {
  const box = document.getElementById("reply");
  for (const button of document.querySelectorAll("[data-suggest]")) {
    if (!(button instanceof HTMLButtonElement) || !(box instanceof HTMLTextAreaElement)) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      const words = document.getElementById(button.dataset.suggest ?? "")?.textContent ?? "";
      box.value = [box.value, words].filter(Boolean).join("\n");
      box.focus();
    });
  }
}
