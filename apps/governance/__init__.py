"""Staff workflows across everything: onboarding, offboarding, the admin site."""
