/* What allauth's script for passkeys leaves open: what somebody is told when a passkey was not used, or cannot be. */
(function () {
  'use strict'
  const show = function (name) {
    const element = document.getElementById(name)
    if (element) element.hidden = false
  }
  document.addEventListener('allauth.error', function (event) {
    event.preventDefault() // else the script writes it to the console, where nobody looks
    show('passkey-failed')
  })
  document.addEventListener('DOMContentLoaded', function () {
    if (!window.PublicKeyCredential) {
      show('passkey-missing')
      document.querySelectorAll('[data-test="add-passkey"], [data-test="use-passkey"]').forEach(function (button) { button.disabled = true })
    }
  })
})()
