// Shows the buttons of passkeys where a browser has them, and says when one did not work.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  if (!window.PublicKeyCredential) {
    return;
  }
  for (const button of document.querySelectorAll("[data-passkey]")) {
    button.hidden = false;
  }
});

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const notice of document.querySelectorAll("[data-passkey-problem]")) {
    notice.hidden = false;
  }
});
