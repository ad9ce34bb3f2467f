// What the admin does better with a script: times in the reader's zone, and copying a secret.
"use strict";

// In the reader's zone, and in the form that the rest of the page has.
const zoned = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

for (const element of document.querySelectorAll("time[datetime]")) {
  element.title = `${Intl.DateTimeFormat().resolvedOptions().timeZone}; ${element.textContent}`;
  element.textContent = zoned.format(new Date(element.dateTime));
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
    setTimeout(() => {
      button.textContent = label;
    }, 2000);
  });
}
