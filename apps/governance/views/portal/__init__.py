"""The partner portal: who acts for a partner, by which apps, and what they did. Without
JavaScript, by the person's sign-in; what is another company's is not found.
"""
