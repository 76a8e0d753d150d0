/** Closing a case suggests when to write to the person again, until the counsellor has chosen. */

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
